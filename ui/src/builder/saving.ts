import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { dropBackup, keepBackup, readBackup } from './backup';
import { checkDraft, openFlow, renameFlow, saveDraft, type OpenedFlow } from './calls';
import { Editor } from './editor';
import { useWords } from './i18n';
import { isEqual } from './model/diff';
import { Saver } from './model/saver';

interface Session {
  editor: Editor;
  saver: Saver;
}

/** An editor for a flow that was opened, and what saves it. */
function begin(flowId: string, flow: OpenedFlow, tooMany: string): Session & { recovered: boolean } {
  const backup = readBackup(flowId);
  const editor = new Editor(flow.document);
  let name = flow.document.name;
  const saver: Saver = new Saver(
    {
      save: (document, revision) => saveDraft(flowId, document, revision),
      onState: (state) => editor.set({ save: state }),
      onSaved: (document) => {
        if (saver.isSaved) dropBackup(flowId);
        if (document.name !== name) {
          name = document.name;
          renameFlow(flowId, name).catch((error: unknown) =>
            notifications.show({ color: 'red', message: error instanceof Error ? error.message : String(error) }),
          );
        }
      },
    },
    flow.document,
    flow.revision,
  );
  editor.onFull = () => notifications.show({ color: 'red', message: tooMany });
  editor.onDocument = (document) => {
    saver.changed(document);
    if (!saver.isSaved) keepBackup(flowId, { revision: saver.draftRevision, document });
    else dropBackup(flowId);
  };
  const lost = backup !== null && !isEqual(backup.document, flow.document) ? backup : null;
  if (lost === null) dropBackup(flowId);
  // Of an older revision, the save that follows is refused and a person chooses; of this one it simply goes on.
  else {
    if (lost.revision !== flow.revision) saver.settle(flow.document, lost.revision, flow.document);
    editor.apply(() => lost.document);
  }
  return { editor, saver, recovered: lost !== null };
}

/** Holds the open flow: saves it by itself, checks it after each save, and settles conflicts. */
export function useSession(flowId: string, flow: OpenedFlow) {
  const words = useWords();
  const queries = useQueryClient();
  const [session] = useState(() => begin(flowId, flow, words.page.tooMany));
  const { editor, saver } = session;
  const [theirs, setTheirs] = useState<OpenedFlow | null>(null);
  const [theirsFailed, setTheirsFailed] = useState<unknown>(null);

  const readTheirs = useCallback(() => {
    setTheirsFailed(null);
    void openFlow(flowId).then(setTheirs, setTheirsFailed);
  }, [flowId]);

  const check = useCallback(async () => {
    try {
      const { problems } = await checkDraft(flowId);
      if (saver.isSaved) editor.found(problems);
    } catch {
      editor.set({ checkFailed: true });
    }
  }, [flowId, editor, saver]);

  useEffect(() => {
    if (session.recovered) notifications.show({ message: words.save.recovered });
    let before = editor.get().save.is;
    const stop = editor.subscribe(() => {
      const now = editor.get().save.is;
      if (now === before) return;
      before = now;
      if (now === 'saved') void check();
      if (now === 'conflict') readTheirs();
    });
    void check();
    const warn = (event: BeforeUnloadEvent) => {
      if (!saver.isSaved) event.preventDefault();
    };
    const hide = () => {
      if (document.visibilityState === 'hidden') void saver.flush();
    };
    window.addEventListener('beforeunload', warn);
    document.addEventListener('visibilitychange', hide);
    return () => {
      stop();
      window.removeEventListener('beforeunload', warn);
      document.removeEventListener('visibilitychange', hide);
      void saver.flush();
      void queries.invalidateQueries({ queryKey: ['builder', 'flow', flowId] });
    };
    // A session lives as long as the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const flush = useCallback(
    async (): Promise<number | null> => ((await saver.flush()) ? saver.draftRevision : null),
    [saver],
  );

  const keepMine = useCallback(() => {
    if (theirs === null) return;
    saver.settle(theirs.document, theirs.revision, editor.get().document);
    setTheirs(null);
  }, [theirs, saver, editor]);

  const takeTheirs = useCallback(() => {
    if (theirs === null) return;
    saver.settle(theirs.document, theirs.revision, theirs.document);
    editor.apply(() => theirs.document);
    setTheirs(null);
  }, [theirs, saver, editor]);

  return { editor, flush, theirs, theirsFailed, readTheirs, keepMine, takeTheirs };
}
