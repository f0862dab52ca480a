/** New things, as they are before anybody filled them in. */

import {
  NOT_CHOSEN,
  type Action,
  type ActionKind,
  type ApiRequestElement,
  type Condition,
  type ConditionKind,
  type Element,
  type ElementType,
  type InputKind,
  type MessageElement,
  type MessagePart,
  type PartKind,
  type PauseEnd,
  type Position,
  type SetTo,
} from './document';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id of 1 to 36 plain characters that is not among the taken ones. `random` gives numbers in [0, 1). */
export function newId(prefix: string, taken: ReadonlySet<string>, random: () => number = Math.random): string {
  for (;;) {
    let id = `${prefix}_`;
    for (let at = 0; at < 6; at += 1) id += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
    if (!taken.has(id)) return id;
  }
}

/** Button, quick reply and branch ids are small: `a`, `b`, …, `z`, then `n27`. */
export function nextPartId(taken: Iterable<string>): string {
  const used = new Set(taken);
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') if (!used.has(letter)) return letter;
  for (let number = 27; ; number += 1) if (!used.has(`n${number}`)) return `n${number}`;
}

/** The ids of all that can be pressed in a message. */
export function partIdsOf(element: MessageElement): string[] {
  const ids: string[] = [];
  for (const part of element.parts) {
    if (part.kind === 'delay' || part.kind === 'input') continue;
    if (part.kind === 'gallery')
      for (const card of part.cards) ids.push(...(card.buttons ?? []).map((button) => button.id));
    else ids.push(...(part.buttons ?? []).map((button) => button.id));
    ids.push(...(part.quick_replies ?? []).map((reply) => reply.id));
  }
  return ids;
}

export function newPart(kind: PartKind): MessagePart {
  switch (kind) {
    case 'text':
      return { kind, text: '' };
    case 'gallery':
      return { kind, cards: [{ title: '' }] };
    case 'delay':
      return { kind, seconds: 3 };
    case 'input':
      return { kind, prompt: '', expects: { kind: 'text' } };
    default:
      return { kind, url: '' };
  }
}

/** A gallery whose cards are made from a list variable. */
export function newListPart(): MessagePart {
  return { kind: 'gallery', cards: [{ title: '{{item}}' }], items: '' };
}

export function newInputKind(kind: InputKind['kind']): InputKind {
  return kind === 'regex' ? { kind, pattern: '' } : { kind };
}

export function newAction(kind: ActionKind): Action {
  switch (kind) {
    case 'add_tag':
    case 'remove_tag':
      return { kind, tag: '' };
    case 'set_variable':
      return { kind, variable: '', to: { set: 'value', value: '' } };
    case 'delete_variable':
      return { kind, variable: '' };
    case 'send_webhook':
      return { kind, name: '', url: '' };
    case 'notify':
      return { kind, text: '' };
    case 'send_message':
      return { kind, contact_id: NOT_CHOSEN, text: '' };
    default:
      return { kind };
  }
}

export function newSetTo(set: SetTo['set']): SetTo {
  switch (set) {
    case 'expression':
      return { set, expression: '' };
    case 'add':
    case 'subtract':
      return { set, amount: '1' };
    case 'now':
      return { set };
    default:
      return { set, value: '' };
  }
}

export function newCondition(on: ConditionKind): Condition {
  switch (on) {
    case 'variable':
      return { on, name: '', op: 'equal', value: '' };
    case 'tag':
      return { on, op: 'has', tag: '' };
    case 'status':
      return { on, status: 'active' };
    case 'channel':
      return { on, service: 'telegram' };
    case 'campaign':
      return { on, campaign: '' };
    case 'received_webhook':
      return { on, title: '' };
    case 'chat_open':
      return { on };
    case 'time':
      return { on, from: '09:00', to: '18:00' };
    case 'weekday':
      return { on, days: [1, 2, 3, 4, 5] };
  }
}

export function newPauseEnd(kind: PauseEnd['kind'], today: string): PauseEnd {
  switch (kind) {
    case 'period':
      return { kind, amount: 1, unit: 'hours' };
    case 'date':
      return { kind, at: `${today}T09:00` };
    case 'variable':
      return { kind, variable: '' };
    case 'time':
      return { kind, at: '09:00' };
  }
}

export function newElement(type: ElementType, id: string, position: Position): Element {
  switch (type) {
    case 'message':
      return { type, id, position, parts: [newPart('text')] };
    case 'action':
      return { type, id, position, actions: [newAction('send_webhook')] };
    case 'flow':
      return { type, id, position, flow_id: NOT_CHOSEN, mode: 'go' };
    case 'pause':
      return { type, id, position, until: { kind: 'period', amount: 1, unit: 'hours' } };
    case 'filter':
      return {
        type,
        id,
        position,
        branches: [{ id: 'a', when: { match: 'all', conditions: [newCondition('variable')] } }],
      };
    case 'randomizer':
      return {
        type,
        id,
        position,
        branches: [
          { id: 'a', percent: 50 },
          { id: 'b', percent: 50 },
        ],
      };
    case 'api_request': {
      const element: ApiRequestElement = { type, id, position, method: 'GET', url: '' };
      return element;
    }
  }
}

/** Percentages that sum to 100 and differ by one at most. */
export function evenPercentages(count: number): number[] {
  const base = Math.floor(100 / count);
  const rest = 100 - base * count;
  return Array.from({ length: count }, (_, index) => base + (index < rest ? 1 : 0));
}
