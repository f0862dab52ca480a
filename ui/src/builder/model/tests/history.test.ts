import { describe, expect, it } from 'vitest';
import { JOIN_MS, STEPS_MAX, begin, change, redo, undo } from '../history';

describe('undo', () => {
  it('brings the document before the last change back, and redo the change', () => {
    const done = change(change(begin('a'), 'b', 0), 'c', 1);
    expect(undo(done).present).toBe('b');
    expect(redo(undo(done)).present).toBe('c');
  });

  it('takes a typed word back as a whole', () => {
    let history = begin('');
    for (const [index, text] of ['h', 'he', 'hel', 'hell', 'hello'].entries())
      history = change(history, text, index * 50, 'title');
    expect(undo(history).present).toBe('');
  });

  it('takes what was typed after a pause back on its own', () => {
    const history = change(change(begin(''), 'he', 0, 'title'), 'hello', JOIN_MS + 1, 'title');
    expect(undo(history).present).toBe('he');
  });

  it('keeps changes of different fields apart', () => {
    const history = change(change(begin('0'), '1', 0, 'a'), '2', 1, 'b');
    expect(undo(history).present).toBe('1');
  });

  it('forgets what was undone once something else is done', () => {
    const history = change(undo(change(begin('a'), 'b', 0)), 'c', 1);
    expect(redo(history).present).toBe('c');
    expect(undo(history).present).toBe('a');
  });

  it('does nothing at either end', () => {
    const history = begin('a');
    expect(undo(history)).toBe(history);
    expect(redo(history)).toBe(history);
  });

  it('remembers a limited number of steps', () => {
    let history = begin(0);
    for (let step = 1; step <= STEPS_MAX + 10; step += 1) history = change(history, step, step);
    expect(history.past).toHaveLength(STEPS_MAX);
  });
});
