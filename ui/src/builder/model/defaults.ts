/**
 * The server writes defaults down that a document left out, and leaves out what is empty. Two documents that differ in nothing else are the same:
 * here is the form in which they are compared.
 */

import {
  DEFAULTS,
  isGroup,
  type Action,
  type Condition,
  type ConditionNode,
  type Element,
  type MessagePart,
} from './document';

/** An element with all defaults written down, without its place and without what is empty. */
export function complete(element: Element): unknown {
  return withoutEmpty({ ...withDefaults(element), position: null });
}

function withDefaults(element: Element): Element {
  switch (element.type) {
    case 'message':
      return { ...element, parts: element.parts.map(part) };
    case 'action':
      return { ...element, actions: element.actions.map(action) };
    case 'flow':
      return { ...element, mode: element.mode ?? 'go' };
    case 'pause':
      return { ...element, zone: element.zone ?? 'contact', condition: element.condition ?? 'always' };
    case 'filter': {
      const branches = element.branches.map((branch) => ({
        ...branch,
        when: { ...branch.when, conditions: branch.when.conditions.map(node) },
      }));
      return { ...element, branches };
    }
    case 'randomizer':
      return element;
    case 'api_request':
      return {
        ...element,
        method: element.method ?? 'GET',
        timeout_s: element.timeout_s ?? DEFAULTS.timeoutSeconds,
        retries: element.retries ?? 0,
      };
  }
}

function part(one: MessagePart): MessagePart {
  if (one.kind !== 'input') return one;
  return { ...one, tries: one.tries ?? DEFAULTS.tries, time_limit_min: one.time_limit_min ?? DEFAULTS.timeLimitMin };
}

function action(one: Action): Action {
  return one.kind === 'open_chat'
    ? { ...one, assign: one.assign ?? { to: 'nobody' }, pause: one.pause ?? 'none' }
    : one;
}

function node(one: ConditionNode): ConditionNode {
  return isGroup(one) ? { ...one, conditions: one.conditions.map(condition) } : condition(one);
}

function condition(one: Condition): Condition {
  switch (one.on) {
    case 'variable':
      return { ...one, scope: one.scope ?? 'contact' };
    case 'status':
    case 'channel':
    case 'campaign':
      return { ...one, op: one.op ?? 'is' };
    case 'received_webhook':
      return { ...one, op: one.op ?? 'has' };
    case 'chat_open':
      return { ...one, open: one.open ?? true };
    default:
      return one;
  }
}

/** The optional fields that the server leaves out when they are so. */
const EMPTY: Record<string, (value: unknown) => boolean> = {
  buttons: isEmptyList,
  quick_replies: isEmptyList,
  fields: isEmptyList,
  headers: isEmptyList,
  save: isEmptyList,
  weekdays: isEmptyList,
  caption: (value) => value === '',
  subtitle: (value) => value === '',
  error_text: (value) => value === '',
  notify: (value) => value === false,
  once_per_contact: (value) => value === false,
  retry_unsafe: (value) => value === false,
};

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null && key !== 'value') continue;
    if (inner === undefined || EMPTY[key]?.(inner)) continue;
    const isContinue = key === 'action' && (inner as { kind?: unknown }).kind === 'continue';
    if (!isContinue) kept.push([key, key === 'value' ? inner : withoutEmpty(inner)]);
  }
  return Object.fromEntries(kept);
}
