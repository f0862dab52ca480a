import {
  Alert,
  Button,
  Code,
  Collapse,
  Group,
  NumberInput,
  Paper,
  Stack,
  Text,
  Textarea,
  UnstyledButton,
} from '@mantine/core';
import { IconApi, IconSend2 } from '@tabler/icons-react';
import { useState } from 'react';
import { BodyView } from '../../parts/JsonView';
import type { CameAnswer, SentRequest, TestInput } from '../calls';
import { useWords } from '../i18n';
import classes from './panels.module.css';

/** An API request as it would be sent, or was. */
export function RequestLine({ request }: { request: SentRequest }) {
  const words = useWords();
  const [opened, setOpened] = useState(false);
  return (
    <Paper withBorder radius="md" p="xs" style={{ alignSelf: 'stretch' }}>
      <UnstyledButton w="100%" aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <Group gap="xs" wrap="nowrap">
          <IconApi size={18} style={{ flex: 'none' }} aria-hidden />
          <div style={{ minWidth: 0, flex: 1 }}>
            <Text size="sm" fw={600}>
              {words.test.request}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {request.method} {request.url}
            </Text>
          </div>
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap={2} mt="xs">
          {request.headers.map(({ name, value }) => (
            <Text key={name} size="xs" style={{ overflowWrap: 'anywhere' }}>
              {name}: <Code>{value}</Code>
            </Text>
          ))}
          {request.body && (
            <pre className={classes.body} tabIndex={0} aria-label={words.test.body}>
              {request.body}
            </pre>
          )}
        </Stack>
      </Collapse>
    </Paper>
  );
}

/** What came of a request that was really sent. */
export function AnswerLine({ answer }: { answer: CameAnswer }) {
  const words = useWords();
  return (
    <Paper withBorder radius="md" p="xs" style={{ alignSelf: 'stretch', minWidth: 0 }}>
      <Text size="sm" fw={600}>
        {words.testRequest.came(answer.status ?? null, answer.took_ms)}
      </Text>
      {answer.error && (
        <Alert color="red" mt="xs" p="xs">
          {answer.error}
        </Alert>
      )}
      {answer.body !== '' && (
        <div style={{ maxHeight: 320, overflow: 'auto' }}>
          <BodyView text={answer.body} title={words.test.body} />
        </div>
      )}
    </Paper>
  );
}

/** The answer to the API request that the flow waits for: the author's own, none, or the real one. */
export function GiveAnswer({ busy, send }: { busy: boolean; send: (input: TestInput) => void }) {
  const words = useWords();
  const [status, setStatus] = useState(200);
  const [body, setBody] = useState('{}');
  return (
    <Paper withBorder radius="md" p="xs" style={{ alignSelf: 'stretch' }}>
      <Stack gap="xs">
        <NumberInput
          size="xs"
          label={words.testRequest.status}
          min={100}
          max={599}
          clampBehavior="strict"
          value={status}
          onChange={(value) => typeof value === 'number' && setStatus(value)}
        />
        <Textarea
          size="xs"
          label={words.test.body}
          autosize
          minRows={2}
          maxRows={8}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Group gap="xs">
          <Button
            size="compact-sm"
            disabled={busy || status < 100}
            onClick={() => send({ kind: 'answer', status, body })}
          >
            {words.testRequest.answer}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={busy}
            onClick={() => send({ kind: 'answer', status: null, body: '' })}
          >
            {words.testRequest.none}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={busy}
            leftSection={<IconSend2 size={14} aria-hidden />}
            onClick={() => send({ kind: 'ask' })}
          >
            {words.testRequest.really}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
