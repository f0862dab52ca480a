import { Radio, Select, Stack } from '@mantine/core';
import { use } from 'react';
import { FlowId } from '../context';
import { useEditorState } from '../editor';
import { useField, type FormProps } from '../fields/form';
import { useWords } from '../i18n';
import type { FlowElement } from '../model/document';
import { isChosen } from '../model/operations';

/** Which flow is started, and whether the run comes back. */
export function FlowForm({ element, change }: FormProps<FlowElement>) {
  const words = useWords();
  const marks = useField('flow_id');
  const own = use(FlowId);
  const flows = useEditorState((state) => state.known.flows);
  const options = flows.map((flow) => ({
    value: flow.id,
    label: flow.published || flow.id === own ? flow.name : `${flow.name} (${words.flow.unpublished})`,
  }));
  if (isChosen(element.flow_id) && !flows.some((flow) => flow.id === element.flow_id)) {
    options.push({ value: element.flow_id, label: element.flow_id });
  }
  return (
    <Stack gap="sm">
      <Select
        {...marks}
        label={words.flow.which}
        searchable
        allowDeselect={false}
        placeholder={words.common.notChosen}
        value={isChosen(element.flow_id) ? element.flow_id : null}
        data={options}
        onChange={(flow_id) => flow_id !== null && change((now) => ({ ...now, flow_id }))}
      />
      <Radio.Group
        label={words.flow.mode}
        value={element.mode ?? 'go'}
        onChange={(mode) => change((now) => ({ ...now, mode: mode === 'call' ? 'call' : 'go' }))}
      >
        <Stack gap={6} mt={6}>
          <Radio value="go" label={words.flow.go} />
          <Radio value="call" label={words.flow.call} />
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
