import { Alert, Button, Code, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { use, useState } from 'react';
import { tellInLine } from '../../api/problem';
import { useT } from '../../i18n';
import { useLogWords } from '../../i18n/log';
import { problemsIn, testRequest, type RequestOutcome } from '../calls';
import { FlowId } from '../context';
import { useEditor } from '../editor';
import { useWords } from '../i18n';
import type { ApiRequestElement } from '../model/document';
import { sampleOf, variablesIn } from '../model/samples';
import { AnswerLine, RequestLine } from '../panels/ApiLines';

/** What was typed lately, as long as the page is open. */
const typedLately = new Map<string, string>();

function Outcome({ outcome }: { outcome: RequestOutcome }) {
  const words = useWords();
  const tell = useLogWords();
  return (
    <>
      {outcome.request && <RequestLine request={outcome.request} />}
      {outcome.answer && <AnswerLine answer={outcome.answer} />}
      {outcome.output && (
        <Text size="sm">{outcome.output === 'done' ? words.testRequest.done : words.testRequest.failed}</Text>
      )}
      {outcome.saved.length > 0 && (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.api.path}</Table.Th>
              <Table.Th>{words.api.variable}</Table.Th>
              <Table.Th>{words.testRequest.value}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {outcome.saved.map((saved, index) => (
              <Table.Tr key={index}>
                <Table.Td>
                  <Code>{saved.path}</Code>
                </Table.Td>
                <Table.Td>{saved.variable}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {saved.value === null || saved.value === undefined ? (
                    <Text size="sm" c="dimmed">
                      {words.testRequest.stays}
                    </Text>
                  ) : (
                    <Code>{JSON.stringify(saved.value)}</Code>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {outcome.notes.map((note, index) => (
        <Text key={index} size="sm" c="dimmed">
          {tell(note).said} <span lang="en">{tell(note).detail}</span>
        </Text>
      ))}
    </>
  );
}

/** Sends the request as it is drafted, with sample values, and shows what came and what it would set. */
export function TestRequest({ element }: { element: ApiRequestElement }) {
  const words = useWords();
  const t = useT();
  const editor = useEditor();
  const flowId = use(FlowId);
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [state, setState] = useState<{ busy: boolean; failed: string | null; outcome: RequestOutcome | null }>({
    busy: false,
    failed: null,
    outcome: null,
  });
  const names = variablesIn(element);
  const valueOf = (name: string) => typed[name] ?? typedLately.get(name) ?? '';
  const send = async () => {
    setState({ busy: true, failed: null, outcome: null });
    const given = names.filter((name) => valueOf(name) !== '').map((name) => [name, sampleOf(valueOf(name))]);
    try {
      const outcome = await testRequest(flowId, element, Object.fromEntries(given) as never);
      setState({ busy: false, failed: null, outcome });
    } catch (error) {
      const problems = problemsIn(error);
      if (problems.length > 0) editor.found(problems);
      const failed = problems.length > 0 ? words.testRequest.problems : tellInLine(error, t);
      setState({ busy: false, failed, outcome: null });
    }
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconSend2 size={16} aria-hidden />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() => setOpened(true)}
      >
        {words.testRequest.title}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={words.testRequest.title}
        size="min(720px, 100vw)"
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            event.stopPropagation();
            void send();
          }}
        >
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {words.testRequest.hint}
            </Text>
            {names.map((name) => (
              <TextInput
                key={name}
                label={name}
                value={valueOf(name)}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  typedLately.set(name, value);
                  setTyped((before) => ({ ...before, [name]: value }));
                }}
              />
            ))}
            <Button
              type="submit"
              loading={state.busy}
              style={{ alignSelf: 'flex-start' }}
              leftSection={<IconSend2 size={16} aria-hidden />}
            >
              {words.testRequest.send}
            </Button>
            {state.failed !== null && (
              <Alert color="red" role="alert">
                {state.failed}
              </Alert>
            )}
            {state.outcome && <Outcome outcome={state.outcome} />}
          </Stack>
        </form>
      </Modal>
    </>
  );
}
