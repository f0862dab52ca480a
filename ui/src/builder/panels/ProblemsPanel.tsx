import { Group, Loader, ScrollArea, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconExclamationCircle } from '@tabler/icons-react';
import { useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { nameInList } from '../model/summary';
import { tellMistake, type Problem } from '../model/problems';
import { useSummaryNames } from '../names';
import classes from './panels.module.css';

function Row({ problem, onJump }: { problem: Problem; onJump: () => void }) {
  const words = useWords();
  const editor = useEditor();
  const names = useSummaryNames();
  const element = useEditorState((state) => (problem.element === null ? undefined : state.byId.get(problem.element)));
  const content = (
    <>
      {problem.severity === 'error' ? (
        <IconExclamationCircle
          size={18}
          color="var(--mantine-color-error)"
          style={{ flex: 'none' }}
          aria-label={words.problems.errors(1)}
        />
      ) : (
        <IconAlertTriangle
          size={18}
          color="var(--mantine-color-yellow-6)"
          style={{ flex: 'none' }}
          aria-label={words.problems.warnings(1)}
        />
      )}
      <div style={{ minWidth: 0 }}>
        <Text size="sm">{tellMistake(problem, words.mistakes)}</Text>
        <Text size="xs" c="dimmed" truncate>
          {element === undefined ? words.problems.ofFlow : nameInList(element, words, names)}
          {problem.field === '' ? '' : ` · ${problem.field}`}
        </Text>
      </div>
    </>
  );
  if (element === undefined) return <div className={classes.problem}>{content}</div>;
  return (
    <UnstyledButton
      className={classes.problem}
      onClick={() => {
        onJump();
        editor.jumpTo(element.id, problem.field);
      }}
    >
      {content}
    </UnstyledButton>
  );
}

/** What is wrong with the saved draft; a click goes there. */
export function ProblemsPanel({ onJump }: { onJump: () => void }) {
  const words = useWords();
  const problems = useEditorState((state) => state.problems);
  const failed = useEditorState((state) => state.checkFailed);
  const isSaved = useEditorState((state) => state.save.is === 'saved');
  if (failed) return <Text p="md">{words.problems.failed}</Text>;
  if (problems === null) {
    return (
      <Group p="md" gap="xs">
        <Loader size="xs" />
        <Text size="sm">{words.problems.checking}</Text>
      </Group>
    );
  }
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
  return (
    <Stack gap={0} h="100%" mih={0}>
      {!isSaved && (
        <Text size="xs" c="dimmed" px="sm" pt={6}>
          {words.problems.unsaved}
        </Text>
      )}
      {sorted.length === 0 ? (
        <Group p="md" gap="xs">
          <IconCircleCheck size={20} color="var(--mantine-color-teal-6)" aria-hidden />
          <Text size="sm">{words.problems.none}</Text>
        </Group>
      ) : (
        <ScrollArea flex={1} mih={0}>
          <Stack gap={2} p="xs">
            {sorted.map((problem, index) => (
              <Row key={index} problem={problem} onJump={onJump} />
            ))}
          </Stack>
        </ScrollArea>
      )}
    </Stack>
  );
}
