import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { es } from '../../i18n/es';
import { ELEMENT_TYPES, outputsOf, type Element } from '../document';
import { newElement } from '../make';
import { placeholder, tagsOf, variablesOf, webhookTitlesOf } from '../names';
import { byElement, nearestField, problemAt, tellMistake, worst, type Problem } from '../problems';
import { search } from '../search';
import { groupText, nameInList, outputLabel, plain, spoken, summary } from '../summary';
import { NO_PATH, follow, isOnPath } from '../test-path';
import { everything } from './everything';
import { demoFlow } from './flows';

const names = { flowName: () => 'The venue', memberName: () => 'Ann' };
const of = (id: string) => demoFlow().elements.find((element) => element.id === id) as Element;

describe('a summary', () => {
  it('says what a message says, without markup, and what it asks', () => {
    expect(summary(of('ask_name'), en, names).map((line) => line.text)).toEqual([
      'Hello! I book places at the Webhook Conference.',
      'What is your name?',
      'asks for a text → guest',
    ]);
  });

  it('says what an action does', () => {
    expect(summary(of('book'), en, names).at(-1)).toEqual({
      look: 'webhook',
      text: 'Send webhook: conference_booking',
    });
  });

  it('says a filter by its outputs', () => {
    expect(outputLabel(of('group'), 'branch:group', en)).toBe('places is at least 5 and Tag has conference');
    expect(outputLabel(of('group'), 'otherwise', es)).toBe('en otro caso');
  });

  it('says how long a pause waits', () => {
    expect(summary(of('wait'), en, names)[0]?.text).toBe('waits 1 minute');
    expect(summary(of('wait'), es, names)[0]?.text).toBe('espera 1 minuto');
  });

  it('says what a button is called and a branch how likely', () => {
    expect(outputLabel(of('confirm'), 'button:yes', en)).toBe('Yes, book');
    expect(outputLabel(of('tip'), 'branch:a', en)).toBe('branch 1: 50 %');
  });

  it('puts groups into parentheses', () => {
    const text = groupText(
      {
        match: 'all',
        conditions: [
          { on: 'chat_open' },
          {
            match: 'any',
            conditions: [
              { on: 'weekday', days: [1] },
              { on: 'time', from: '09:00', to: '10:00' },
            ],
          },
        ],
      },
      en,
    );
    expect(text).toBe('Chat is open and (Mon or 09:00–10:00)');
  });

  it('exists for each type as it is new, in each language', () => {
    for (const type of ELEMENT_TYPES) {
      for (const words of [en, es]) {
        const element = newElement(type, 'x', { x: 0, y: 0 });
        expect(nameInList(element, words, names)).not.toBe('');
        expect(spoken(element, words, names)).toContain(words.types[type]);
      }
    }
  });

  it('exists for every option that there is', () => {
    for (const element of everything().elements) {
      for (const words of [en, es]) {
        const lines = summary(element, words, names).map((line) => line.text);
        const labels = outputsOf(element).map((output) => outputLabel(element, output, words));
        for (const text of [...lines, ...labels]) expect(text).not.toMatch(/^$|undefined|\[object/);
      }
    }
  });

  it('takes markup away', () => {
    expect(plain('**Bold** and _slanted_ and [a link](https://example.org), snake_case_name')).toBe(
      'Bold and slanted and a link, snake_case_name',
    );
  });
});

describe('the languages', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : typeof value;

  it('have the same words', () => {
    expect(shape(es)).toEqual(shape(en));
  });
});

describe('names', () => {
  it('are those that the flow sets, with their types', () => {
    const variables = variablesOf(demoFlow());
    expect(variables.get('places')).toBe('number');
    expect(variables.get('booked_at')).toBe('date_time');
    expect(tagsOf(demoFlow())).toEqual(['conference']);
    expect(webhookTitlesOf(demoFlow())).toEqual(['conference_booking']);
  });

  it('are written so that a template reads them', () => {
    expect(placeholder('first name')).toBe('{{first name}}');
    expect(placeholder('$first_name')).toBe('{{$first_name}}');
    expect(placeholder("a.b's")).toBe("{{$['a.b\\'s']}}");
  });
});

describe('a search', () => {
  it('finds any word of an element, whatever its case and accents', () => {
    expect(search(demoFlow(), 'OFFICE closed')[0]?.id).toBe('office_closed');
    expect(search(demoFlow(), 'cóffee').map((element) => element.id)).toEqual(['tip_b']);
    expect(search(demoFlow(), '  ')).toEqual([]);
  });
});

describe('a problem', () => {
  const problem = (field: string, severity: Problem['severity'] = 'error'): Problem => ({
    element: 'a',
    field,
    severity,
    code: 'x',
    message: field,
  });

  it('belongs to its element and field, an error before a warning', () => {
    const problems = [problem('url', 'warning'), problem('url')];
    expect(problemAt(problems, 'url')?.severity).toBe('error');
    expect(worst(byElement(problems).get('a'))).toBe('error');
    expect(worst(undefined)).toBeNull();
  });

  it('jumps to its field, to one inside it, or to the nearest around', () => {
    const fields = ['parts[0].text', 'parts[1]', 'parts[1].buttons[0].label'];
    expect(nearestField('parts[0].text', fields)).toBe('parts[0].text');
    expect(nearestField('parts[1].buttons', fields)).toBe('parts[1].buttons[0].label');
    expect(nearestField('parts[1].caption', fields)).toBe('parts[1]');
    expect(nearestField('elsewhere', fields)).toBeNull();
  });
});

describe('the path of a test', () => {
  it('has what was passed and where it waits', () => {
    const path = follow(NO_PATH, [{ element: 'a', output: 'next' }], 'b');
    expect(path.at).toBe('b');
    expect(isOnPath(path, { from: 'a', output: 'next', to: 'b' })).toBe(true);
    expect(isOnPath(path, { from: 'a', output: 'error', to: 'b' })).toBe(false);
  });

  it('goes on from turn to turn', () => {
    const path = follow(
      follow(NO_PATH, [{ element: 'a', output: 'next' }], 'b'),
      [{ element: 'b', output: 'next' }],
      null,
    );
    expect([...path.elements]).toEqual(['a', 'b']);
    expect(path.at).toBe('b');
  });
});

describe('a problem', () => {
  const open: Problem = {
    element: 'hello',
    field: 'parts[0].text',
    severity: 'error',
    code: 'template_open',
    values: { at: 7 },
    message: 'the words of the server',
  };

  it('is told in the language of the page, with its values', () => {
    expect(tellMistake(open, en.mistakes)).toBe('{{ at character 7 is not closed by }}.');
    expect(tellMistake(open, es.mistakes)).toBe('{{ en el carácter 7 no se cierra con }}.');
  });

  it('that this page does not know yet is told in the words of the server', () => {
    expect(tellMistake({ ...open, code: 'newer' }, es.mistakes)).toBe('the words of the server');
  });

  it('has the same values in both languages', () => {
    const values = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
    for (const [code, text] of Object.entries(en.mistakes)) {
      expect([code, values(es.mistakes[code as keyof typeof es.mistakes])]).toEqual([code, values(text)]);
    }
  });
});
