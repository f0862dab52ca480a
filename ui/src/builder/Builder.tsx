import { Alert, Button, Card, Drawer, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { Panel, useReactFlow } from '@xyflow/react';
import { IconPlus } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import classes from './builder.module.css';
import { exportFlow, readCounts, readKnown, type OpenedFlow } from './calls';
import { Canvas } from './canvas/Canvas';
import { CanvasTools } from './canvas/CanvasTools';
import canvas from './canvas/canvas.module.css';
import { EditorContext, useEditor, useEditorState } from './editor';
import { documentOf, download } from './exchange';
import { useWords } from './i18n';
import { ConflictDialog } from './panels/ConflictDialog';
import { Palette } from './panels/Palette';
import panels from './panels/panels.module.css';
import { ProblemsPanel } from './panels/ProblemsPanel';
import { PublishDialog } from './panels/PublishDialog';
import { SearchBox } from './panels/SearchBox';
import { SeveralForm, SideForm } from './panels/SideForm';
import { TestChat } from './panels/TestChat';
import { TopBar } from './panels/TopBar';
import { VersionsPanel } from './panels/VersionsPanel';
import { WaitingDialog } from './panels/WaitingDialog';
import { useSession } from './saving';

interface Props {
  botId: string;
  flowId: string;
  flow: OpenedFlow;
}

/** One open flow with all that belongs to it. */
export function Builder({ botId, flowId, flow }: Props) {
  const session = useSession(flowId, flow);
  const { editor } = session;
  const known = useQuery({ queryKey: ['builder', 'known', botId], queryFn: () => readKnown(botId) });
  useEffect(() => {
    if (known.data !== undefined) editor.set({ known: known.data });
  }, [known.data, editor]);
  return (
    <EditorContext value={editor}>
      <Workplace flowId={flowId} flow={flow} session={session} />
    </EditorContext>
  );
}

type Dialog = 'search' | 'versions' | 'publish' | 'palette' | 'problems' | null;

/** Shows the counts and reads them anew while they are shown. */
function useCounts(flowId: string): () => void {
  const words = useWords();
  const editor = useEditor();
  const [shown, setShown] = useState(false);
  const counts = useQuery({
    queryKey: ['builder', 'counts', flowId],
    queryFn: () => readCounts(flowId),
    enabled: shown,
    refetchInterval: 10_000,
  });
  useEffect(() => {
    editor.set({ counts: shown ? (counts.data ?? null) : null });
  }, [editor, shown, counts.data]);
  useEffect(() => {
    if (counts.isError) notifications.show({ color: 'red', message: words.statistics.failed });
  }, [counts.isError, words]);
  return () => setShown(!shown);
}

function EmptyFlow({ onAdded }: { onAdded: () => void }) {
  const words = useWords();
  const isEmpty = useEditorState((state) => state.document.elements.length === 0);
  if (!isEmpty) return null;
  return (
    <div className={canvas.empty}>
      <Card withBorder shadow="sm" radius="md" maw={480} w="100%">
        <Text fw={600}>{words.page.emptyTitle}</Text>
        <Text size="sm" c="dimmed" mb="sm">
          {words.page.emptyHint}
        </Text>
        <Palette bare onAdded={onAdded} />
      </Card>
    </div>
  );
}

function Workplace({
  flowId,
  flow,
  session,
}: {
  flowId: string;
  flow: OpenedFlow;
  session: ReturnType<typeof useSession>;
}) {
  const words = useWords();
  const editor = useEditor();
  const reactFlow = useReactFlow();
  const isPhone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const isNarrow = useMediaQuery('(max-width: 100em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const chosen = useEditorState((state) => state.chosen);
  const name = useEditorState((state) => state.document.name);
  const isConflict = useEditorState((state) => state.save.is === 'conflict');
  const [formOpen, setFormOpen] = useState(false);
  const [testing, setTesting] = useState(false);
  const [dialog, setDialog] = useState<Dialog>(null);
  const file = useRef<HTMLInputElement>(null);
  const toggleCounts = useCounts(flowId);
  const [only] = chosen;
  const { flush } = session;

  const openForm = useCallback(() => setFormOpen(true), []);
  const closeForm = useCallback(() => {
    setFormOpen(false);
    if (editor.get().chosen.size > 1) editor.choose(new Set());
  }, [editor]);
  const openSearch = useCallback(() => setDialog('search'), []);
  const close = useCallback(() => setDialog(null), []);
  const saveNow = useCallback(() => void flush(), [flush]);

  const exportIt = async () => {
    await flush();
    try {
      download(name, await exportFlow(flowId));
    } catch {
      download(name, { name, document: editor.get().document });
    }
  };
  const importIt = async (chosenFile: File | undefined) => {
    if (chosenFile === undefined) return;
    const document = documentOf(await chosenFile.text());
    if (document === null) {
      notifications.show({ color: 'red', message: words.page.importBad });
      return;
    }
    editor.apply((current) => ({ ...document, name: current.name }));
    notifications.show({ message: words.page.imported });
    setTimeout(() => void reactFlow.fitView({ padding: 0.15, maxZoom: 1, duration: 250 }), 100);
  };

  const showsForm = formOpen && only !== undefined;
  const form = !showsForm ? null : chosen.size > 1 ? (
    <SeveralForm ids={chosen} />
  ) : (
    <SideForm key={only} id={only} onClose={closeForm} />
  );
  const test = testing ? (
    <TestChat onClose={() => setTesting(false)} onShowProblems={() => setDialog('problems')} />
  ) : null;
  // Where there is no room for both, the form stands in the place of the test chat, which goes on behind it.
  const docksForm = !isPhone;
  const hidesTest = isNarrow && form !== null;

  return (
    <div className={classes.builder}>
      <TopBar
        shownName={name === flow.document.name ? flow.name : name}
        isPublished={flow.published}
        isTesting={testing && !hidesTest}
        isCompact={isPhone}
        onSave={saveNow}
        onSearch={openSearch}
        onProblems={() => setDialog(dialog === 'problems' ? null : 'problems')}
        onTest={() => {
          if (!testing || hidesTest) {
            setTesting(true);
            if (isNarrow) setFormOpen(false);
          } else setTesting(false);
        }}
        onVersions={() => setDialog('versions')}
        onPublish={() => setDialog('publish')}
        onExport={() => void exportIt()}
        onImport={() => file.current?.click()}
        onCounts={toggleCounts}
      />
      {!flow.active && (
        <Alert color="yellow" variant="light" py={6} radius={0}>
          {words.page.off}
        </Alert>
      )}
      <div className={classes.work}>
        {!isPhone && <Palette onAdded={openForm} />}
        <div className={classes.middle}>
          <Canvas formOpen={docksForm && showsForm} onOpenForm={openForm} onSearch={openSearch} onSave={saveNow}>
            <CanvasTools />
            {isPhone && (
              <Panel position="bottom-right">
                <Button leftSection={<IconPlus size={18} />} onClick={() => setDialog('palette')}>
                  {words.common.add}
                </Button>
              </Panel>
            )}
          </Canvas>
          <EmptyFlow onAdded={openForm} />
          {dialog === 'problems' && !isPhone && (
            <section className={classes.problems} aria-label={words.page.problems}>
              <ProblemsPanel onJump={openForm} />
            </section>
          )}
        </div>
        {docksForm && form !== null && (
          <aside className={panels.side} style={{ width: 392 }}>
            {form}
          </aside>
        )}
        {!isPhone && test !== null && (
          <aside className={panels.side} style={{ width: 340 }} hidden={hidesTest} aria-label={words.test.title}>
            {test}
          </aside>
        )}
      </div>

      <Drawer
        opened={!docksForm && form !== null}
        onClose={closeForm}
        position="bottom"
        size="88%"
        withCloseButton={false}
        attributes={{ content: { 'aria-label': words.page.elements } }}
        padding={0}
        styles={{ body: { height: '100%' } }}
      >
        {!docksForm && form}
      </Drawer>
      <Drawer
        opened={isPhone && test !== null}
        onClose={() => setTesting(false)}
        position="bottom"
        size="82%"
        withCloseButton={false}
        attributes={{ content: { 'aria-label': words.test.title } }}
        padding={0}
        styles={{ body: { height: '100%' } }}
      >
        {isPhone && test}
      </Drawer>
      <Drawer
        opened={dialog === 'palette'}
        onClose={close}
        position="bottom"
        size="auto"
        title={words.page.add}
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <Palette
          bare
          onAdded={() => {
            close();
            openForm();
          }}
        />
      </Drawer>
      <Drawer
        opened={isPhone && dialog === 'problems'}
        onClose={close}
        position="bottom"
        size="60%"
        title={words.page.problems}
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <Stack gap={0}>
          <ProblemsPanel
            onJump={() => {
              close();
              openForm();
            }}
          />
        </Stack>
      </Drawer>
      <SearchBox opened={dialog === 'search'} onClose={close} onJump={openForm} />
      <VersionsPanel opened={dialog === 'versions'} onClose={close} />
      <WaitingDialog />
      <PublishDialog
        opened={dialog === 'publish'}
        onClose={close}
        flush={flush}
        onShowProblems={() => setDialog('problems')}
      />
      <ConflictDialog
        opened={isConflict}
        theirs={session.theirs}
        failed={session.theirsFailed}
        onRetry={session.readTheirs}
        onKeep={session.keepMine}
        onTake={session.takeTheirs}
      />
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={words.page.import}
        onChange={(event) => {
          void importIt(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
