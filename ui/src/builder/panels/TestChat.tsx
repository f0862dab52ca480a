import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Code,
  Collapse,
  Group,
  Paper,
  Stack,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { IconPlayerSkipForward, IconPlayerPlay, IconReload, IconSend, IconWebhook, IconX } from '@tabler/icons-react';
import { use, useEffect, useReducer, useRef, useState } from 'react';
import { ApiProblem, tellInLine } from '../../api/problem';
import {
  problemsIn,
  testTurn,
  type CameAnswer,
  type SaidPart,
  type SentRequest,
  type TestAnswer,
  type TestInput,
  type TestStep,
} from '../calls';
import { useT, type T } from '../../i18n';
import { useLogWords, type LogLine } from '../../i18n/log';
import { FlowId } from '../context';
import { useEditor } from '../editor';
import { useWords } from '../i18n';
import { NO_PATH, follow } from '../model/test-path';
import classes from './panels.module.css';
import { AnswerLine, GiveAnswer, RequestLine } from './ApiLines';
import { Said } from './Said';

type Line =
  | { kind: 'contact'; text: string }
  | { kind: 'said'; part: SaidPart; number: number }
  | { kind: 'webhook'; title: string; url: string; body: unknown }
  | { kind: 'request'; request: SentRequest }
  | { kind: 'answer'; answer: CameAnswer }
  | { kind: 'event'; title: string }
  | { kind: 'note'; note: LogLine };

interface Chat {
  lines: Line[];
  answer: TestAnswer | null;
  busy: boolean;
  failed: string | null;
  /** It failed because the draft has errors. */
  hasProblems: boolean;
}

type Happening =
  | { is: 'sent'; line: Line | null; fresh: boolean }
  | { is: 'answered'; answer: TestAnswer; lines: Line[] }
  | { is: 'failed'; why: string; problems?: boolean };

const EMPTY: Chat = { lines: [], answer: null, busy: false, failed: null, hasProblems: false };

function next(chat: Chat, happened: Happening): Chat {
  switch (happened.is) {
    case 'sent': {
      const before = happened.fresh ? [] : chat.lines;
      return {
        lines: happened.line === null ? before : [...before, happened.line],
        answer: happened.fresh ? null : chat.answer,
        busy: true,
        failed: null,
        hasProblems: false,
      };
    }
    case 'answered':
      return {
        lines: [...chat.lines, ...happened.lines],
        answer: happened.answer,
        busy: false,
        failed: null,
        hasProblems: false,
      };
    case 'failed':
      return { ...chat, busy: false, failed: happened.why, hasProblems: happened.problems ?? false };
  }
}

/** What a turn brought, to be read. */
function linesOf(steps: readonly TestStep[]): Line[] {
  return steps.flatMap((step): Line[] => {
    switch (step.kind) {
      case 'element':
        return [];
      case 'message':
        return [{ kind: 'said', part: step.part, number: step.number }];
      case 'webhook':
        return [{ kind: 'webhook', title: step.title, url: step.url, body: step.body }];
      case 'api_request':
        return [{ kind: 'request', request: step }];
      case 'api_answer':
        return [{ kind: 'answer', answer: step }];
      case 'event':
        return [{ kind: 'event', title: step.title }];
      case 'note':
        return [{ kind: 'note', note: step }];
    }
  });
}

/** The title of an event is the word of its kind; that of a flow webhook is its own. */
function tellTitle(title: string, t: T): string {
  const key = `event.${title}`;
  return t.has(key) ? t(key) : title;
}

/** What would be written to the log, or to somebody else. */
function Note({ note }: { note: LogLine }) {
  const { said, detail } = useLogWords()(note);
  return (
    <div className={classes.note}>
      {said}
      {detail && <div lang="en">{detail}</div>}
    </div>
  );
}

function Webhook({ line }: { line: Extract<Line, { kind: 'webhook' }> }) {
  const words = useWords();
  const t = useT();
  const [opened, setOpened] = useState(false);
  return (
    <Paper withBorder radius="md" p="xs" style={{ alignSelf: 'stretch' }}>
      <UnstyledButton w="100%" aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <Group gap="xs" wrap="nowrap">
          <IconWebhook size={18} color="var(--mantine-color-violet-light-color)" style={{ flex: 'none' }} aria-hidden />
          <div style={{ minWidth: 0, flex: 1 }}>
            <Text size="sm" fw={600} truncate>
              {tellTitle(line.title, t)}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {line.url}
            </Text>
          </div>
          <Badge variant="light" color="violet" tt="none" size="sm" style={{ flex: 'none' }}>
            {words.test.wouldSend}
          </Badge>
        </Group>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <pre className={classes.body} tabIndex={0} aria-label={words.test.body}>
          {JSON.stringify(line.body, null, 2)}
        </pre>
      </Collapse>
    </Paper>
  );
}

function ContactState({ contact }: { contact: TestAnswer['contact'] }) {
  const words = useWords();
  const t = useT();
  const [opened, setOpened] = useState(false);
  const variables = Object.entries(contact.variables);
  const status = `contact_status.${contact.status}`;
  return (
    <div style={{ borderTop: '1px solid var(--mantine-color-default-border)', padding: '6px 12px' }}>
      <UnstyledButton onClick={() => setOpened(!opened)} aria-expanded={opened}>
        <Text size="xs" c="dimmed">
          {words.test.contact}: {t.has(status) ? t(status) : contact.status}, {words.test.variables} {variables.length},{' '}
          {words.test.tags} {contact.tags.length}
        </Text>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap={2} mt={4} mah={160} style={{ overflowY: 'auto' }}>
          {variables.length === 0 && (
            <Text size="xs" c="dimmed">
              {words.test.noVariables}
            </Text>
          )}
          {variables.map(([name, value]) => (
            <Text key={name} size="xs">
              {name} = <Code>{typeof value === 'string' ? value : JSON.stringify(value)}</Code>
            </Text>
          ))}
          <Group gap={4}>
            {contact.tags.map((tag) => (
              <Badge key={tag} size="sm" variant="light" tt="none">
                {tag}
              </Badge>
            ))}
          </Group>
        </Stack>
      </Collapse>
    </div>
  );
}

/** Talks to the draft as it stands here, unsaved changes too; nothing leaves. */
export function TestChat({ onClose, onShowProblems }: { onClose: () => void; onShowProblems: () => void }) {
  const words = useWords();
  const t = useT();
  const editor = useEditor();
  const flowId = use(FlowId);
  const [chat, tell] = useReducer(next, EMPTY);
  const [typed, setTyped] = useState('');
  const turn = useRef(0);
  const end = useRef<HTMLDivElement>(null);

  const send = async (input: TestInput, shown: string | null) => {
    const fresh = input.kind === 'start';
    turn.current += 1;
    const mine = turn.current;
    if (fresh) editor.set({ path: NO_PATH });
    tell({ is: 'sent', line: shown === null ? null : { kind: 'contact', text: shown }, fresh });
    try {
      const answer = await testTurn(flowId, editor.get().document, fresh ? null : (chat.answer?.state ?? null), input);
      if (mine !== turn.current) return;
      const passed = answer.steps.filter((step) => step.kind === 'element');
      editor.set({ path: follow(editor.get().path, passed, answer.waits?.element ?? null) });
      tell({ is: 'answered', answer, lines: linesOf(answer.steps) });
    } catch (error) {
      if (mine !== turn.current) return;
      const problems = problemsIn(error);
      if (problems.length > 0) {
        editor.found(problems);
        tell({ is: 'failed', why: words.test.hasProblems, problems: true });
        return;
      }
      const missing = error instanceof ApiProblem && (error.status === 404 || error.status === 405);
      tell({
        is: 'failed',
        why: missing ? words.test.missing : tellInLine(error, t),
      });
    }
  };

  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [chat]);

  useEffect(() => () => editor.set({ path: NO_PATH }), [editor]);

  const waits = chat.answer?.waits ?? null;
  const started = chat.answer !== null || chat.lines.length > 0;
  const lastSaid = chat.lines.findLast((line) => line.kind === 'said');
  const share = waits?.for === 'input' && lastSaid?.kind === 'said' ? (lastSaid.part.share ?? null) : null;

  return (
    <div className={classes.form}>
      <Group justify="space-between" wrap="nowrap" p="sm" pb={4}>
        <Text fw={600}>{words.test.title}</Text>
        <Group gap={4}>
          {started && (
            <Tooltip label={words.test.again}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words.test.again}
                onClick={() => void send({ kind: 'start' }, null)}
              >
                <IconReload size={18} />
              </ActionIcon>
            </Tooltip>
          )}
          <ActionIcon variant="subtle" color="gray" aria-label={words.common.close} onClick={onClose}>
            <IconX size={18} />
          </ActionIcon>
        </Group>
      </Group>
      <div className={classes.scroll}>
        <div className={classes.bubbles} role="log" aria-label={words.test.title}>
          {!started && (
            <Stack align="center" gap="sm" py="xl">
              <Text size="sm" c="dimmed" ta="center">
                {words.test.hint}
              </Text>
              <Button
                leftSection={<IconPlayerPlay size={16} />}
                loading={chat.busy}
                onClick={() => void send({ kind: 'start' }, null)}
              >
                {words.test.start}
              </Button>
            </Stack>
          )}
          {chat.lines.map((line, index) => {
            switch (line.kind) {
              case 'contact':
                return (
                  <div key={index} className={classes.bubble} data-from="contact">
                    {line.text}
                  </div>
                );
              case 'said':
                return (
                  <Said
                    key={index}
                    part={line.part}
                    disabled={chat.busy}
                    onPress={(button, nth) =>
                      void send({ kind: 'press', message: line.number, choice: nth }, button.label)
                    }
                  />
                );
              case 'webhook':
                return <Webhook key={index} line={line} />;
              case 'request':
                return <RequestLine key={index} request={line.request} />;
              case 'answer':
                return <AnswerLine key={index} answer={line.answer} />;
              case 'event':
                return (
                  <div key={index} className={classes.note}>
                    {tellTitle(line.title, t)}
                  </div>
                );
              case 'note':
                return <Note key={index} note={line.note} />;
            }
          })}
          {chat.failed !== null && (
            <Alert color="red" title={words.test.failed} role="alert">
              {chat.failed}
              {chat.hasProblems && (
                <Button size="compact-sm" variant="light" color="red" mt="xs" onClick={onShowProblems}>
                  {words.publish.show}
                </Button>
              )}
            </Alert>
          )}
          {chat.answer !== null && !chat.busy && waits === null && (
            <div className={classes.note}>{words.test.ended}</div>
          )}
          {waits !== null && waits.for !== 'input' && (
            <Group justify="center" gap="xs">
              <Text size="xs" c="dimmed">
                {waits.for === 'pause' ? words.test.waitsPause : words.test.waitsApi}
                {waits.until === null
                  ? ''
                  : ` ${words.test.until(new Intl.DateTimeFormat(words.locale, { dateStyle: 'short', timeStyle: 'short' }).format(new Date(waits.until)))}`}
              </Text>
            </Group>
          )}
          {waits?.for === 'api' && <GiveAnswer busy={chat.busy} send={(input) => void send(input, null)} />}
          {waits !== null && (
            <Group justify="center" gap="xs">
              {waits.for !== 'api' && (
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={chat.busy}
                  leftSection={<IconPlayerSkipForward size={14} />}
                  onClick={() => void send({ kind: 'wait' }, null)}
                >
                  {words.test.skip}
                </Button>
              )}
              <Button size="compact-sm" variant="subtle" onClick={() => editor.jumpTo(waits.element)}>
                {words.test.show}
              </Button>
            </Group>
          )}
          <div ref={end} />
        </div>
      </div>
      {chat.answer !== null && <ContactState contact={chat.answer.contact} />}
      {started && (
        <form
          style={{ padding: 12, borderTop: '1px solid var(--mantine-color-default-border)' }}
          onSubmit={(event) => {
            event.preventDefault();
            const text = typed.trim();
            if (text === '' || chat.busy) return;
            setTyped('');
            void send({ kind: 'text', text }, text);
          }}
        >
          {share !== null && (
            <Text size="xs" c="dimmed" mb={4}>
              {words.test.share[share]}
            </Text>
          )}
          <TextInput
            aria-label={words.test.placeholder}
            placeholder={words.test.placeholder}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            rightSection={
              <ActionIcon type="submit" variant="subtle" aria-label={words.test.send} loading={chat.busy}>
                <IconSend size={18} />
              </ActionIcon>
            }
          />
        </form>
      )}
    </div>
  );
}
