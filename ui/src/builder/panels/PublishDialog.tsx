import { Alert, Button, Divider, Group, Loader, Modal, Radio, ScrollArea, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { use, useMemo, useState } from 'react';
import { tellInLine, tellProblem } from '../../api/problem';
import { Status } from '../../parts/Status';
import { useT } from '../../i18n';
import { listVersions, readVersion, problemsIn, publishDraft, readCounts, type WaitingRuns } from '../calls';
import { FlowId } from '../context';
import { useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { diff, isSame } from '../model/diff';
import { nameInList } from '../model/summary';
import { useSummaryNames } from '../names';
import { DiffList } from './DiffList';

interface Props {
  opened: boolean;
  onClose: () => void;
  /** Saves what is not saved yet; gives the revision to publish, or null when it could not be saved. */
  flush: () => Promise<number | null>;
  onShowProblems: () => void;
}

/** Publishes the draft, after asking what waiting runs do. */
export function PublishDialog(props: Props) {
  const words = useWords();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={words.publish.title}
      size="lg"
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      {props.opened && <Question {...props} />}
    </Modal>
  );
}

function Question({ onClose, flush, onShowProblems }: Props) {
  const words = useWords();
  const t = useT();
  const editor = useEditor();
  const flowId = use(FlowId);
  const queries = useQueryClient();
  const names = useSummaryNames();
  const draft = useEditorState((state) => state.document);
  const byId = useEditorState((state) => state.byId);
  const problems = useEditorState((state) => state.problems);
  const counts = useQuery({
    queryKey: ['builder', 'waiting', flowId],
    queryFn: () => readCounts(flowId),
    staleTime: 0,
  });
  // The newest version with its document; null when nothing was published yet.
  const last = useQuery({
    queryKey: ['builder', 'newest version', flowId],
    queryFn: async () => {
      const [newest] = (await listVersions(flowId)).items;
      return newest === undefined ? null : await readVersion(flowId, newest.number);
    },
    staleTime: 0,
  });
  const [waiting, setWaiting] = useState<WaitingRuns>('stay');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const errors = (problems ?? []).filter((problem) => problem.severity === 'error').length;
  const warnings = (problems ?? []).length - errors;
  const waits = [...(counts.data?.waiting ?? new Map<string, number>())].filter(([, runs]) => runs > 0);
  const changes = useMemo(() => (last.data ? diff(last.data, draft) : null), [last.data, draft]);

  const publish = async () => {
    setBusy(true);
    setFailed(null);
    try {
      const revision = await flush();
      if (revision === null) {
        setFailed(words.save.failed);
        return;
      }
      const version = await publishDraft(flowId, waiting, revision);
      notifications.show({ message: words.publish.done(version), color: 'teal' });
      void queries.invalidateQueries();
      onClose();
    } catch (error) {
      const found = problemsIn(error);
      if (found.length > 0) editor.found(found);
      setFailed(found.length > 0 ? tellProblem(error, t).title : tellInLine(error, t));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Stack gap="md">
      {errors > 0 && (
        <Alert color="red" title={words.publish.blocked}>
          <Button
            size="xs"
            variant="light"
            color="red"
            onClick={() => {
              onClose();
              onShowProblems();
            }}
          >
            {words.publish.show} ({words.problems.errors(errors)})
          </Button>
        </Alert>
      )}
      {errors === 0 && warnings > 0 && (
        <Text size="sm" c="dimmed">
          {words.publish.warnings} {words.problems.warnings(warnings)}
        </Text>
      )}
      {counts.isPending ? (
        <Loader size="sm" />
      ) : !counts.isError && waits.length === 0 ? (
        <Text size="sm">{words.publish.nobody}</Text>
      ) : (
        <>
          {counts.isError ? (
            <Text size="sm">{words.publish.unknown}</Text>
          ) : (
            <Stack gap={4}>
              <Text size="sm" fw={600}>
                {words.publish.waitingIn}
              </Text>
              {waits.map(([id, runs]) => {
                const element = byId.get(id);
                return (
                  <Group key={id} gap="xs" justify="space-between" wrap="nowrap">
                    <Text size="sm" truncate>
                      {element === undefined ? id : nameInList(element, words, names)}
                      {element === undefined && (
                        <Text span c="dimmed" size="xs" ml={6}>
                          {words.publish.gone}
                        </Text>
                      )}
                    </Text>
                    <Status tone="wait">{runs.toLocaleString(words.locale)}</Status>
                  </Group>
                );
              })}
            </Stack>
          )}
          <Radio.Group
            label={words.publish.question}
            value={waiting}
            onChange={(value) => setWaiting(value as WaitingRuns)}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="stay" label={words.publish.stay} description={words.publish.stayHint} />
              <Radio value="move" label={words.publish.move} description={words.publish.moveHint} />
              <Radio value="stop" label={words.publish.stop} description={words.publish.stopHint} />
            </Stack>
          </Radio.Group>
        </>
      )}
      <Divider />
      <div>
        <Text size="sm" fw={600} mb={6}>
          {words.publish.changes}
        </Text>
        {last.data === null && <Text size="sm">{words.publish.first}</Text>}
        {changes !== null && (isSame(changes) ? <Text size="sm">{words.publish.noChanges}</Text> : null)}
        {changes !== null && (
          <ScrollArea.Autosize mah={220}>
            <DiffList diff={changes} />
          </ScrollArea.Autosize>
        )}
      </div>
      {failed !== null && (
        <Alert color="red" title={words.publish.failed}>
          {failed}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {words.common.cancel}
        </Button>
        <Button onClick={() => void publish()} loading={busy} disabled={errors > 0}>
          {words.page.publish}
        </Button>
      </Group>
    </Stack>
  );
}
