import { VALUE_TYPES, type ValueType } from '../../api/kinds';
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { variablesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { useFocusInvalid } from '../../parts/focusInvalid';
import { ErrorState } from '../../parts/States';
import { ValueInput } from '../../parts/ValueInput';
import { parseValue, valueText } from '../../parts/values';

interface Props {
  botId: string;
  scope: Schemas['DeclaredScope'];
  variable: Schemas['VariableView'] | undefined;
  close: () => void;
}

/** Sets a bot variable, or declares a contact variable. */
export function VariableModal({ botId, scope, variable, close }: Props) {
  const t = useT();
  const [name, setName] = useState(variable?.name ?? '');
  const [type, setType] = useState<ValueType>(variable?.type ?? 'text');
  const [text, setText] = useState(variable ? valueText(variable.value) : '');
  const hasValue = scope === 'bot';
  const parsed = parseValue(type, text);
  const save = useAct({
    run: () => {
      const body = { name: name.trim(), scope, type, ...(hasValue ? { value: parsed?.value } : {}) };
      return read(
        api.PUT('/api/v1/bots/{bot_id}/variables', {
          params: { path: { bot_id: botId } },
          body: body as Schemas['NewVariable'],
        }),
      );
    },
    refresh: [variablesQuery(botId).queryKey],
    done: t('do.saved'),
    then: close,
    quietError: true,
  });
  useFocusInvalid(save.error);
  const { byField, rest } = fieldErrors(save.error, ['name', 'type', 'value'], t);
  return (
    <Modal
      opened
      onClose={close}
      title={variable ? variable.name : t(`settings.new_variable_${scope}`)}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {!variable && (
            <TextInput
              label={t('bots.name')}
              description={t('settings.variable_name_text')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={byField['name']}
              data-autofocus
            />
          )}
          <Select
            label={t('settings.type')}
            data={VALUE_TYPES.map((one) => ({ value: one, label: t(`values.${one}`) }))}
            value={type}
            onChange={(one) => one && setType(one as ValueType)}
            allowDeselect={false}
            disabled={variable !== undefined}
            error={byField['type']}
          />
          {hasValue && (
            <ValueInput type={type} text={text} change={setText} label={t('settings.value')} error={byField['value']} />
          )}
          {save.error && (rest || Object.keys(byField).length === 0) && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim() || (hasValue && !parsed)}>
              {t('do.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
