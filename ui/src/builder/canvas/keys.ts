import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, type KeyboardEvent } from 'react';
import { notifications } from '@mantine/notifications';
import { useEditor, type Editor } from '../editor';
import { useWords } from '../i18n';
import { ELEMENT_TYPES } from '../model/document';
import { CARD_WIDTH } from '../model/layout';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"]') !== null;

/** Whether the field has an undo of its own. A box that is ticked or a list that is chosen from has none. */
export const undoesItself = (target: EventTarget | null): boolean => {
  if (target instanceof HTMLSelectElement) return target.closest('[role="dialog"]') !== null;
  if (!(target instanceof HTMLInputElement)) return isTyping(target);
  const isWritten =
    !target.readOnly && !['checkbox', 'radio', 'range', 'button', 'submit', 'file'].includes(target.type);
  return isWritten || target.closest('[role="dialog"]') !== null;
};

/** Keys without a command belong to the canvas when it has the focus, or when nothing has. */
const isOnCanvas = (target: EventTarget | null): boolean =>
  target === document.body || (target instanceof Element && target.closest('.react-flow') !== null);

/** A free place for a new element in the middle of what is seen, or to the right of the chosen one. */
export function placeForNew(editor: Editor, flow: ReturnType<typeof useReactFlow>): { x: number; y: number } {
  const { chosen, document } = editor.get();
  const [only] = chosen;
  let at: { x: number; y: number };
  if (only !== undefined && chosen.size === 1) {
    const place = editor.placeOf(only);
    at = { x: place.x + CARD_WIDTH + 96, y: place.y };
  } else {
    const pane = globalThis.document.querySelector('.react-flow')?.getBoundingClientRect();
    at = flow.screenToFlowPosition({
      x: (pane?.left ?? 0) + (pane?.width ?? 800) / 2,
      y: (pane?.top ?? 0) + (pane?.height ?? 600) / 3,
    });
    at = { x: at.x - CARD_WIDTH / 2, y: at.y };
  }
  const isTaken = (x: number, y: number) =>
    document.elements.some((element) => {
      const place = editor.placeOf(element.id);
      const height = flow.getInternalNode(element.id)?.measured.height ?? 160;
      return (
        x < place.x + CARD_WIDTH + 16 && place.x < x + CARD_WIDTH + 16 && y < place.y + height + 16 && place.y < y + 176
      );
    });
  for (let tries = 0; tries < 50 && isTaken(at.x, at.y); tries += 1) at = { x: at.x, y: at.y + 48 };
  return at;
}

export function deleteChosen(editor: Editor): number {
  const { chosen, chosenEdge } = editor.get();
  if (chosen.size > 0) {
    editor.remove(chosen);
    return chosen.size;
  }
  if (chosenEdge !== null) {
    const at = chosenEdge.indexOf(' ');
    editor.disconnect([{ from: chosenEdge.slice(0, at), output: chosenEdge.slice(at + 1) }]);
  }
  return 0;
}

interface Keys {
  onOpenForm: () => void;
  onSearch: () => void;
  onSave: () => void;
}

/** The keys of the builder, wherever nothing is typed; the returned ones are those of a card. */
export function useCanvasKeys({ onOpenForm, onSearch, onSave }: Keys) {
  const editor = useEditor();
  const words = useWords();
  const flow = useReactFlow();

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const command = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (command && key === 's') {
        event.preventDefault();
        onSave();
      } else if (command && key === 'f' && !event.shiftKey) {
        event.preventDefault();
        onSearch();
      } else if (command && key === 'z' && !undoesItself(event.target)) {
        event.preventDefault();
        if (event.shiftKey) editor.redo();
        else editor.undo();
      } else if (command && key === 'y' && !undoesItself(event.target)) {
        event.preventDefault();
        editor.redo();
      } else if (isTyping(event.target)) {
        return;
      } else if (command && key === 'd') {
        event.preventDefault();
        editor.duplicate();
      } else if (command && key === 'a') {
        event.preventDefault();
        editor.choose(new Set(editor.get().byId.keys()));
      } else if (command || event.altKey || !isOnCanvas(event.target)) {
        return;
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        event.preventDefault();
        deleteChosen(editor);
      } else if (/^[1-7]$/.test(event.key)) {
        const type = ELEMENT_TYPES[Number(event.key) - 1];
        const id = type === undefined ? null : editor.add(type, placeForNew(editor, flow));
        if (id === null) return;
        event.preventDefault();
        editor.jumpTo(id);
        onOpenForm();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [editor, flow, onOpenForm, onSave, onSearch]);

  useEffect(() => {
    const hasText = () => Boolean(window.getSelection()?.toString());
    const put = (event: ClipboardEvent): boolean => {
      if (isTyping(event.target) || hasText()) return false;
      const text = editor.copy();
      if (text === null) return false;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', text);
      return true;
    };
    const onCopy = (event: ClipboardEvent) => {
      const count = editor.get().chosen.size;
      if (put(event)) notifications.show({ message: words.page.copied(count), autoClose: 2_000 });
    };
    const onCut = (event: ClipboardEvent) => {
      if (put(event)) editor.remove(editor.get().chosen);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isTyping(event.target)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      const count = editor.paste(text, placeForNew(editor, flow));
      if (count === null) return;
      event.preventDefault();
      notifications.show({ message: words.page.pasted(count), autoClose: 2_000 });
    };
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCut);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCut);
      document.removeEventListener('paste', onPaste);
    };
  }, [editor, flow, words]);

  return useCallback(
    (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.target instanceof HTMLElement)) return;
      const id = event.target.dataset['id'];
      if (id !== undefined && editor.get().byId.has(id)) {
        editor.jumpTo(id);
        onOpenForm();
      }
    },
    [editor, onOpenForm],
  );
}
