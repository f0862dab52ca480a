import { describe, expect, it } from 'vitest';
import { Editor } from './editor';
import { documentOf } from './exchange';
import { opened } from './model/document';
import { put } from './model/operations';
import { everything } from './model/tests/everything';
import { demoFlow, emptyFlow, reserveFlow, venueFlow } from './model/tests/flows';

describe('a document', () => {
  it('is opened and kept unchanged as long as nobody edits it', () => {
    for (const flow of [demoFlow(), venueFlow(), reserveFlow(), everything()]) {
      expect(new Editor(flow).get().document).toBe(flow);
      expect(opened(structuredClone(flow))).toEqual(flow);
    }
  });

  it('is the same as before after an edit was undone', () => {
    const flow = demoFlow();
    const editor = new Editor(flow);
    editor.remove(new Set(['book']));
    editor.add('pause', { x: 0, y: 0 }, { from: 'ask_name', output: 'timeout' });
    editor.undo();
    editor.undo();
    expect(editor.get().document).toBe(flow);
  });

  it('keeps each untouched element as it was after an edit of another', () => {
    const flow = demoFlow();
    const editor = new Editor(flow);
    editor.change('book', (element) => ({ ...element, title: 'x' }));
    const others = editor.get().document.elements.filter((element) => element.id !== 'book');
    expect(others).toEqual(flow.elements.filter((element) => element.id !== 'book'));
  });

  it('without places is shown with places and stays without them until something is moved', () => {
    const flow = {
      ...demoFlow(),
      elements: demoFlow().elements.map((element) => put(element, { position: undefined })),
    } as ReturnType<typeof demoFlow>;
    const editor = new Editor(flow);
    expect(editor.placeOf('booked').x).toBeGreaterThan(editor.placeOf('ask_name').x);
    editor.change('book', (element) => ({ ...element, title: 'x' }));
    expect(editor.get().document.elements.every((element) => !element.position)).toBe(true);
    editor.move(new Map([['book', { x: 5, y: 5 }]]));
    expect(editor.get().document.elements.every((element) => element.position)).toBe(true);
  });
});

describe('the editor', () => {
  it('chooses and connects an element that is added from an output', () => {
    const editor = new Editor(demoFlow());
    const id = editor.add('action', { x: 0, y: 0 }, { from: 'ask_name', output: 'timeout' }) ?? '';
    expect(editor.get().chosen).toEqual(new Set([id]));
    expect(editor.get().targets.get('ask_name timeout')).toBe(id);
  });

  it('forgets chosen elements that are gone', () => {
    const editor = new Editor(demoFlow());
    editor.choose(new Set(['book', 'booked']));
    editor.remove(new Set(['book']));
    expect(editor.get().chosen).toEqual(new Set(['booked']));
  });

  it('duplicates with the connections among what is chosen', () => {
    const editor = new Editor(demoFlow());
    editor.choose(new Set(['book', 'register']));
    expect(editor.duplicate()).toBe(2);
    const [one, other] = [...editor.get().chosen];
    expect(editor.get().document.edges).toContainEqual({ from: one, output: 'next', to: other });
  });

  it('pastes into another flow what was copied in one', () => {
    const from = new Editor(demoFlow());
    from.choose(new Set(['book']));
    const into = new Editor(emptyFlow());
    expect(into.paste(from.copy() ?? '', { x: 0, y: 0 })).toBe(1);
    expect(into.get().document.start).toBe('book');
  });

  it('tells of each change of the document, and of nothing else', () => {
    const editor = new Editor(demoFlow());
    let told = 0;
    editor.onDocument = () => {
      told += 1;
    };
    editor.choose(new Set(['book']));
    editor.jumpTo('booked');
    editor.tidy();
    editor.undo();
    expect(told).toBe(2);
  });
});

describe('a file', () => {
  it('is a flow as an export or as a document alone', () => {
    const flow = demoFlow();
    expect(documentOf(JSON.stringify(flow))).toEqual(flow);
    expect(documentOf(JSON.stringify({ name: 'x', document: flow, triggers: [] }))).toEqual(flow);
    expect(documentOf('{"a":1}')).toBeNull();
    expect(documentOf('not json')).toBeNull();
  });
});
