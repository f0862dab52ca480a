import { Alert, Button, Group, Loader, Modal, ScrollArea, Stack, Text, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconArrowLeft, IconRestore } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { use, useMemo, useState } from 'react';
import { listVersions, readVersion } from '../calls';
import { FlowId } from '../context';
import { useEditor, useEditorState } from '../editor';
import { Status } from '../../parts/Status';
import { useWords } from '../i18n';
import { diff, isSame } from '../model/diff';
import type { FlowDocument } from '../model/document';
import { DiffCanvas } from './DiffCanvas';
import { DiffList } from './DiffList';
import classes from './panels.module.css';

/** Published versions: what the draft changed since, and how to get one back. */
export function VersionsPanel({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const words = useWords();
  const isSmall = useMediaQuery('(max-width: 48em)') ?? false;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.versions.title}
      size={1100}
      fullScreen={isSmall}
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      {opened && <Versions onClose={onClose} />}
    </Modal>
  );
}

function Versions({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const flowId = use(FlowId);
  const versions = useInfiniteQuery({
    queryKey: ['builder', 'versions', flowId],
    queryFn: ({ pageParam }) => listVersions(flowId, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
  const [chosen, setChosen] = useState<number | null>(null);
  if (versions.isPending) return <Loader size="sm" />;
  if (versions.isError) {
    const again = () => void (versions.data === undefined ? versions.refetch() : versions.fetchNextPage());
    return (
      <Alert color="red" title={words.versions.failed}>
        <Button size="xs" variant="light" onClick={again}>
          {words.common.retry}
        </Button>
      </Alert>
    );
  }
  if (chosen !== null) return <Opened number={chosen} onBack={() => setChosen(null)} onClose={onClose} />;
  const items = versions.data.pages.flatMap((page) => page.items);
  const when = new Intl.DateTimeFormat(words.locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <Stack gap={4}>
      {items.length === 0 && <Text size="sm">{words.versions.none}</Text>}
      {items.map((version, index) => (
        <UnstyledButton key={version.number} className={classes.problem} onClick={() => setChosen(version.number)}>
          <Text size="sm" fw={600} w={110}>
            {words.versions.version(version.number)}
          </Text>
          <Text size="sm" c="dimmed" flex={1}>
            {when.format(new Date(version.publishedAt))}
          </Text>
          {index === 0 && <Status tone="good">{words.versions.now}</Status>}
        </UnstyledButton>
      ))}
      {versions.hasNextPage && (
        <Button
          variant="default"
          mt="xs"
          loading={versions.isFetchingNextPage}
          onClick={() => void versions.fetchNextPage()}
        >
          {words.waiting.more}
        </Button>
      )}
    </Stack>
  );
}

interface OpenedProps {
  number: number;
  onBack: () => void;
  onClose: () => void;
}

function Opened(props: OpenedProps) {
  const words = useWords();
  const flowId = use(FlowId);
  const version = useQuery({
    queryKey: ['builder', 'version', flowId, props.number],
    queryFn: () => readVersion(flowId, props.number),
    staleTime: 0,
  });
  if (version.isPending) return <Loader size="sm" />;
  if (version.isError) return <Alert color="red" title={words.versions.failed} />;
  return <Compared {...props} published={version.data} />;
}

function Compared({ number, published, onBack, onClose }: OpenedProps & { published: FlowDocument }) {
  const words = useWords();
  const editor = useEditor();
  const draft = useEditorState((state) => state.document);
  const differs = useMemo(() => diff(published, draft), [published, draft]);
  const same = isSame(differs);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Button variant="subtle" size="compact-sm" leftSection={<IconArrowLeft size={16} />} onClick={onBack}>
          {words.versions.back}
        </Button>
        <Text fw={600}>{words.versions.version(number)}</Text>
        <Button
          size="compact-md"
          leftSection={<IconRestore size={16} />}
          disabled={same}
          onClick={() => {
            editor.apply(() => published);
            notifications.show({ message: words.versions.restored(number) });
            onClose();
          }}
        >
          {words.versions.restore}
        </Button>
      </Group>
      {same ? (
        <Text size="sm">{words.versions.same}</Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {words.versions.compare}
          </Text>
          <div style={{ height: '42vh', display: 'flex' }}>
            <DiffCanvas before={published} after={draft} diff={differs} />
          </div>
          <ScrollArea.Autosize mah="30vh">
            <DiffList
              diff={differs}
              onShow={(id) => {
                onClose();
                editor.jumpTo(id);
              }}
            />
          </ScrollArea.Autosize>
        </>
      )}
    </Stack>
  );
}
