import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../document';
import { Saver, type SaveAnswer, type SaveState } from '../saver';
import { emptyFlow } from './flows';

const named = (name: string): FlowDocument => ({ ...emptyFlow(), name });

/** A saver whose timers run when the test says so, and a server that answers what the test says. */
function setUp(answers: (SaveAnswer | Promise<SaveAnswer>)[]) {
  const timers = new Map<number, () => void>();
  const sent: { name: string; revision: number }[] = [];
  const states: SaveState[] = [];
  let nth = 0;
  const first = named('first');
  const saver = new Saver(
    {
      save: async (document, revision) => {
        sent.push({ name: document.name, revision });
        return (await answers.shift()) ?? { is: 'saved', revision: revision + 1 };
      },
      onState: (state) => states.push(state),
      onSaved: () => undefined,
      setTimer: (run) => {
        nth += 1;
        timers.set(nth, run);
        return nth;
      },
      clearTimer: (timer) => timers.delete(timer as number),
    },
    first,
    7,
  );
  const tick = async () => {
    const due = [...timers.values()];
    timers.clear();
    for (const run of due) run();
    await new Promise((done) => setTimeout(done, 0));
  };
  return { saver, sent, states, tick, first };
}

describe('the draft', () => {
  it('is saved a moment after a change, over the revision that was read', async () => {
    const { saver, sent, tick } = setUp([]);
    saver.changed(named('second'));
    expect(saver.current.is).toBe('unsaved');
    await tick();
    expect(sent).toEqual([{ name: 'second', revision: 7 }]);
    expect(saver.current.is).toBe('saved');
    expect(saver.draftRevision).toBe(8);
  });

  it('is saved once for many changes in a row', async () => {
    const { saver, sent, tick } = setUp([]);
    for (const name of ['a', 'ab', 'abc']) saver.changed(named(name));
    await tick();
    expect(sent.map((one) => one.name)).toEqual(['abc']);
  });

  it('is saved again when it changed while it was being saved', async () => {
    let answer: (answer: SaveAnswer) => void = () => undefined;
    const { saver, sent, tick } = setUp([new Promise((done) => (answer = done))]);
    saver.changed(named('a'));
    await tick();
    saver.changed(named('b'));
    answer({ is: 'saved', revision: 8 });
    await tick();
    await tick();
    expect(sent).toEqual([
      { name: 'a', revision: 7 },
      { name: 'b', revision: 8 },
    ]);
    expect(saver.isSaved).toBe(true);
  });

  it('is tried again when the server can not be reached, and nothing is lost', async () => {
    const { saver, sent, states, tick } = setUp([{ is: 'unreachable', error: 'offline' }]);
    saver.changed(named('a'));
    await tick();
    expect(saver.current).toEqual({ is: 'failed', error: 'offline', again: true });
    await tick();
    expect(sent).toHaveLength(2);
    expect(states.at(-1)?.is).toBe('saved');
  });

  it('is not tried again by itself when the server refused it', async () => {
    const { saver, sent, tick } = setUp([{ is: 'refused', error: 'parts: too long' }]);
    saver.changed(named('a'));
    await tick();
    await tick();
    expect(sent).toHaveLength(1);
    expect(saver.current).toEqual({ is: 'failed', error: 'parts: too long', again: false });
    saver.changed(named('b'));
    await tick();
    expect(saver.isSaved).toBe(true);
  });

  it('waits for a person when somebody else saved meanwhile', async () => {
    const { saver, sent, tick } = setUp([{ is: 'conflict' }]);
    saver.changed(named('mine'));
    await tick();
    expect(saver.current.is).toBe('conflict');
    saver.changed(named('mine too'));
    await tick();
    expect(sent).toHaveLength(1);
    expect(await saver.flush()).toBe(false);
  });

  it('is saved over theirs when a person keeps the own', async () => {
    const { saver, sent, tick } = setUp([{ is: 'conflict' }]);
    const mine = named('mine');
    saver.changed(mine);
    await tick();
    saver.settle(named('theirs'), 12, mine);
    await tick();
    expect(sent.at(-1)).toEqual({ name: 'mine', revision: 12 });
    expect(saver.current.is).toBe('saved');
  });

  it('needs no save when theirs is taken', async () => {
    const { saver, sent, tick } = setUp([{ is: 'conflict' }]);
    saver.changed(named('mine'));
    await tick();
    const theirs = named('theirs');
    saver.settle(theirs, 12, theirs);
    await tick();
    expect(sent).toHaveLength(1);
    expect(saver.current.is).toBe('saved');
  });

  it('is saved at once when it is asked for', async () => {
    const { saver, sent } = setUp([]);
    saver.changed(named('now'));
    expect(await saver.flush()).toBe(true);
    expect(sent).toHaveLength(1);
  });

  it('is not saved when a change was undone in time', async () => {
    const { saver, sent, tick, first } = setUp([]);
    saver.changed(named('a'));
    saver.changed(first);
    await tick();
    expect(sent).toHaveLength(0);
    expect(saver.current.is).toBe('saved');
  });
});
