/** What an element does, in a few readable lines: for its card on the canvas, for lists, and for people who do not see the canvas. */

import type { Words } from '../i18n/en';
import {
  isGroup,
  isOtherVariable,
  outputsOf,
  quickRepliesOf,
  buttonsOf,
  type Action,
  type Condition,
  type ConditionGroup,
  type ConditionNode,
  type Element,
  type MessagePart,
  type Operand,
  type PauseElement,
  type PauseOffset,
} from './document';
import { isChosen } from './operations';

export interface SummaryLine {
  /** What kind of line it is, for its look. */
  look: 'text' | 'detail' | 'input' | 'webhook' | 'media';
  text: string;
}

export interface SummaryNames {
  flowName: (id: string) => string | null;
  memberName: (id: string) => string | null;
}

export const LINES_MAX = 5;
const CHARS_MAX = 140;

/** The title of an element, or the word of its type. */
export function titleOf(element: Element, words: Words): string {
  const title = element.title?.trim();
  return title ? title : words.types[element.type];
}

/** What distinguishes it in a list: its title, or its type and the first words of what it does. */
export function nameInList(element: Element, words: Words, names: SummaryNames): string {
  const title = element.title?.trim();
  if (title) return title;
  const first = summary(element, words, names)[0]?.text;
  return first ? `${words.types[element.type]}: ${cut(first, 48)}` : words.types[element.type];
}

export function summary(element: Element, words: Words, names: SummaryNames): SummaryLine[] {
  switch (element.type) {
    case 'message':
      return element.parts.flatMap((part) => partLines(part, words));
    case 'action':
      return element.actions.map((action) => actionLine(action, words, names));
    case 'flow': {
      const name = isChosen(element.flow_id) ? names.flowName(element.flow_id) : null;
      const verb = element.mode === 'call' ? words.card.call : words.card.go;
      return [{ look: 'text', text: `${verb} ${name ?? words.common.notChosen}` }];
    }
    case 'pause':
      return pauseLines(element, words);
    case 'filter':
      return [];
    case 'randomizer':
      return element.once_per_contact ? [{ look: 'detail', text: words.card.oncePerContact }] : [];
    case 'api_request': {
      const lines: SummaryLine[] = [
        { look: 'text', text: `${element.method ?? 'GET'} ${withoutScheme(element.url) || words.common.notChosen}` },
      ];
      const saved = (element.save ?? []).map((value) => value.variable).filter((name) => name !== '');
      if (saved.length > 0) lines.push({ look: 'detail', text: words.card.saves(saved.join(', ')) });
      return lines;
    }
  }
}

function partLines(part: MessagePart, words: Words): SummaryLine[] {
  switch (part.kind) {
    case 'text':
      return [{ look: 'text', text: cut(plain(part.text)) || words.card.empty }];
    case 'gallery': {
      if (part.items !== null && part.items !== undefined)
        return [{ look: 'media', text: words.card.galleryOf(part.items || words.common.notChosen) }];
      const titles = part.cards.map((card) => card.title).filter((title) => title !== '');
      const count = words.card.gallery(part.cards.length);
      return [{ look: 'media', text: titles.length > 0 ? cut(`${count}: ${titles.join(', ')}`) : count }];
    }
    case 'delay':
      return [{ look: 'detail', text: words.card.delay(part.seconds) }];
    case 'input': {
      const asks = words.card.input(words.inputKinds[part.expects.kind]);
      const saves = part.save_to ? ` ${words.card.saves(part.save_to)}` : '';
      return [
        { look: 'text', text: cut(plain(part.prompt)) || words.card.empty },
        { look: 'input', text: `${asks}${saves}` },
      ];
    }
    default: {
      const what = words.card[part.kind];
      const shown = part.caption ? plain(part.caption) : (part.name ?? lastOf(part.url));
      return [{ look: 'media', text: shown ? cut(`${what}: ${shown}`) : what }];
    }
  }
}

export function actionLine(action: Action, words: Words, names: SummaryNames): SummaryLine {
  const what = words.actions[action.kind];
  switch (action.kind) {
    case 'send_webhook':
      return { look: 'webhook', text: `${what}: ${action.name || words.common.notChosen}` };
    case 'add_tag':
    case 'remove_tag':
      return { look: 'text', text: `${what}: ${action.tag || words.common.notChosen}` };
    case 'set_variable': {
      const name = action.variable || words.common.notChosen;
      return { look: 'text', text: cut(`${name} ${setText(action.to, words)}`) };
    }
    case 'delete_variable':
      return { look: 'text', text: `${what}: ${action.variable || words.common.notChosen}` };
    case 'open_chat': {
      const to = action.assign?.to === 'member' ? names.memberName(action.assign.member) : null;
      return { look: 'text', text: to === null ? what : `${what}: ${to}` };
    }
    case 'notify':
    case 'send_message':
      return { look: 'text', text: cut(action.text === '' ? what : `${what}: ${plain(action.text)}`) };
    default:
      return { look: 'text', text: what };
  }
}

function setText(to: Extract<Action, { kind: 'set_variable' }>['to'], words: Words): string {
  switch (to.set) {
    case 'value':
      return `= ${typeof to.value === 'string' ? to.value : JSON.stringify(to.value)}`;
    case 'expression':
      return `= ${to.expression}`;
    case 'add':
      return `+ ${to.amount}`;
    case 'subtract':
      return `− ${to.amount}`;
    case 'now':
      return `= ${words.action.sets.now}`;
    case 'append':
      return `← ${typeof to.value === 'string' ? to.value : JSON.stringify(to.value)}`;
  }
}

function pauseLines(element: PauseElement, words: Words): SummaryLine[] {
  const { until } = element;
  const lines: SummaryLine[] = [];
  const offset = (text: string, moved: PauseOffset | null | undefined): string => {
    if (!moved || moved.amount === 0) return text;
    const by = words.period(Math.abs(moved.amount), moved.unit);
    return `${text}, ${moved.amount < 0 ? words.card.before(by) : words.card.after(by)}`;
  };
  switch (until.kind) {
    case 'period':
      lines.push({ look: 'text', text: words.card.untilPeriod(words.period(until.amount, until.unit)) });
      break;
    case 'date':
      lines.push({ look: 'text', text: offset(words.card.untilDate(until.at.replace('T', ' ')), until.offset) });
      break;
    case 'variable':
      lines.push({
        look: 'text',
        text: offset(words.card.untilVariable(until.variable || words.common.notChosen), until.offset),
      });
      break;
    case 'time': {
      const days = (until.weekdays ?? []).map((day) => words.weekdays[day - 1] ?? '').join(', ');
      lines.push({ look: 'text', text: `${words.card.untilTime(until.at)}${days === '' ? '' : ` (${days})`}` });
      break;
    }
  }
  if (element.condition === 'if_inactive') lines.push({ look: 'detail', text: words.card.ifInactive });
  return lines;
}

export function operandText(operand: Operand | undefined, words: Words): string {
  if (operand === undefined || operand === null || operand === '') return '…';
  if (isOtherVariable(operand))
    return operand.scope && operand.scope !== 'contact' ? `$${operand.variable}` : operand.variable;
  if (typeof operand === 'boolean') return operand ? words.conditionWords.yes : words.conditionWords.no;
  return typeof operand === 'string' || typeof operand === 'number' ? String(operand) : JSON.stringify(operand);
}

export function conditionText(condition: Condition, words: Words): string {
  const w = words.conditionWords;
  switch (condition.on) {
    case 'variable': {
      const name = `${condition.scope && condition.scope !== 'contact' ? '$' : ''}${condition.name || '…'}`;
      const op = words.operators[condition.op];
      if (condition.op === 'empty' || condition.op === 'not_empty') return `${name} ${op}`;
      const value = operandText(condition.value, words);
      if (condition.op === 'between') return `${name} ${op} ${value} ${w.upper} ${operandText(condition.to, words)}`;
      if (condition.op === 'within_last' || condition.op === 'within_next')
        return `${name} ${op} ${value} ${words.units[condition.unit ?? 'days']}`;
      return `${name} ${op} ${value}`;
    }
    case 'tag':
      return `${words.conditions.tag} ${w[condition.op]} ${condition.tag || '…'}`;
    case 'status':
      return `${words.conditions.status} ${w[condition.op ?? 'is']} ${words.statuses[condition.status]}`;
    case 'channel':
      return `${words.conditions.channel} ${w[condition.op ?? 'is']} ${words.services[condition.service]}`;
    case 'campaign':
      return `${words.conditions.campaign} ${w[condition.op ?? 'is']} ${condition.campaign || '…'}`;
    case 'received_webhook': {
      const within = condition.within_days
        ? ` ${w.withinDays(condition.within_days)}`
        : condition.within_hours
          ? ` ${w.withinHours(condition.within_hours)}`
          : '';
      const not = condition.op === 'has_not' ? `${w.has_not}: ` : '';
      return `${not}${words.conditions.received_webhook} ${condition.title || '…'}${within}`;
    }
    case 'chat_open':
      return `${words.conditions.chat_open} ${condition.open === false ? w.closed : w.open}`;
    case 'time':
      return `${condition.from}–${condition.to}`;
    case 'weekday':
      return condition.days.map((day) => words.weekdays[day - 1] ?? '?').join(', ');
  }
}

export function groupText(group: ConditionGroup, words: Words): string {
  const joint = ` ${group.match === 'all' ? words.common.and : words.common.or} `;
  const node = (one: ConditionNode): string =>
    isGroup(one)
      ? `(${one.conditions.map((inner) => conditionText(inner, words)).join(` ${one.match === 'all' ? words.common.and : words.common.or} `)})`
      : conditionText(one, words);
  return group.conditions.map(node).join(joint);
}

/** What an output is called on the card and in the form. */
export function outputLabel(element: Element, output: string, words: Words): string {
  const id = output.slice(output.indexOf(':') + 1);
  if (output.startsWith('branch:')) {
    if (element.type === 'randomizer') {
      const index = element.branches.findIndex((one) => one.id === id);
      const branch = element.branches[index];
      return branch ? `${words.outputs.branch(index + 1)}: ${branch.percent} %` : id;
    }
    if (element.type === 'filter') {
      const index = element.branches.findIndex((one) => one.id === id);
      const branch = element.branches[index];
      return branch ? cut(groupText(branch.when, words) || words.outputs.branch(index + 1)) : id;
    }
  }
  if (element.type === 'message' && (output.startsWith('button:') || output.startsWith('paid:'))) {
    for (const part of element.parts) {
      const pressed = [...buttonsOf(part), ...quickRepliesOf(part)].find((one) => one.id === id);
      if (pressed === undefined) continue;
      const label = pressed.label.trim() || words.outputs.unnamed;
      return output.startsWith('paid:') ? words.outputs.paid(label) : label;
    }
  }
  switch (output) {
    case 'next':
    case 'failed':
    case 'timeout':
    case 'active':
    case 'otherwise':
    case 'done':
    case 'error':
      return words.outputs[output];
    default:
      return output;
  }
}

/** An element as one sentence, for people who hear the canvas. */
export function spoken(element: Element, words: Words, names: SummaryNames): string {
  const title = element.title?.trim();
  const head = title ? `${words.types[element.type]} “${title}”` : words.types[element.type];
  const lines = summary(element, words, names).slice(0, 3);
  const outputs = outputsOf(element).map((output) => outputLabel(element, output, words));
  return [head, ...lines.map((line) => line.text), outputs.join(', ')].filter((text) => text !== '').join('. ');
}

/** Says elements as sentences, and each only once as long as it stays the same. */
export function speaker(words: Words, names: SummaryNames): (element: Element) => string {
  const said = new WeakMap<Element, string>();
  return (element) => {
    const text = said.get(element) ?? spoken(element, words, names);
    said.set(element, text);
    return text;
  };
}

/** Markup taken away: what a person would read. */
export function plain(text: string): string {
  return text
    .replaceAll(/\*\*(.+?)\*\*/gs, '$1')
    .replaceAll(/(^|[\s(])_(.+?)_(?=[\s).,!?]|$)/gs, '$1$2')
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .trim();
}

function cut(text: string, most = CHARS_MAX): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

function lastOf(url: string): string {
  return url.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1) ?? '';
}
