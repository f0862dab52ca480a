/**
 * The flow document as the server takes it. The shapes are exact: the server refuses a field that it does not know, so nothing here
 * may invent one, and a default that was left out stays left out.
 */

import type { ValueType } from '../../api/kinds';

export interface Position {
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  output: string;
  to: string;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface NameValue {
  name: string;
  value: string;
}

export type ButtonAction =
  | { kind: 'continue' }
  | { kind: 'link'; url: string }
  | { kind: 'phone'; phone: string }
  | { kind: 'payment'; title: string; amount: number; currency: string };

export interface MessageButton {
  id: string;
  label: string;
  action?: ButtonAction;
}

export interface QuickReply {
  id: string;
  label: string;
}

export interface TextPart {
  kind: 'text';
  text: string;
  buttons?: MessageButton[];
  quick_replies?: QuickReply[];
}

export type MediaKind = 'image' | 'video' | 'audio' | 'file';

export interface MediaPart {
  kind: MediaKind;
  url: string;
  caption?: string;
  name?: string | null;
  buttons?: MessageButton[];
  quick_replies?: QuickReply[];
}

export interface GalleryCard {
  title: string;
  subtitle?: string;
  image?: string | null;
  buttons?: MessageButton[];
}

export interface GalleryPart {
  kind: 'gallery';
  cards: GalleryCard[];
  items?: string | null;
  quick_replies?: QuickReply[];
}

export interface DelayPart {
  kind: 'delay';
  seconds: number;
}

export type InputKind =
  | { kind: 'text' | 'number' | 'date' | 'date_time' | 'time' | 'email' | 'phone' | 'url' | 'location' | 'file' }
  | { kind: 'regex'; pattern: string };

export type Share = 'phone' | 'location';

export interface InputPart {
  kind: 'input';
  prompt: string;
  expects: InputKind;
  save_to?: string | null;
  tries?: number;
  error_text?: string;
  time_limit_min?: number;
  share?: Share | null;
}

export type MessagePart = TextPart | MediaPart | GalleryPart | DelayPart | InputPart;
export type PartKind = MessagePart['kind'];

interface Placed {
  id: string;
  title?: string | null;
  position?: Position | null;
}

export interface MessageElement extends Placed {
  type: 'message';
  parts: MessagePart[];
}

export type Assign = { to: 'nobody' } | { to: 'member'; member: string } | { to: 'least_busy' };
export type ChatPause = 'none' | '1h' | '3h' | '6h' | '24h' | 'until_closed';

export type SetTo =
  | { set: 'value'; value: Json }
  | { set: 'expression'; expression: string }
  | { set: 'add'; amount: string }
  | { set: 'subtract'; amount: string }
  | { set: 'now' }
  | { set: 'append'; value: Json };

export type ContentFormat = 'documented' | 'json' | 'form' | 'cloudevents';

export type Action =
  | { kind: 'open_chat'; assign?: Assign; pause?: ChatPause; notify?: boolean }
  | { kind: 'close_chat' }
  | { kind: 'unsubscribe' }
  | { kind: 'subscribe' }
  | { kind: 'add_tag'; tag: string }
  | { kind: 'remove_tag'; tag: string }
  | { kind: 'set_variable'; variable: string; to: SetTo; value_type?: ValueType | null }
  | { kind: 'delete_variable'; variable: string }
  | { kind: 'send_webhook'; name: string; url: string; format?: ContentFormat | null; fields?: NameValue[] }
  | { kind: 'notify'; member?: string | null; text: string }
  | { kind: 'send_message'; contact_id: string; text: string };

export type ActionKind = Action['kind'];

export interface ActionElement extends Placed {
  type: 'action';
  actions: Action[];
}

export interface FlowElement extends Placed {
  type: 'flow';
  flow_id: string;
  mode?: 'go' | 'call';
}

export type TimeUnit = 'minutes' | 'hours' | 'days';

export interface PauseOffset {
  amount: number;
  unit: TimeUnit;
}

export type PauseEnd =
  | { kind: 'period'; amount: number; unit: TimeUnit }
  | { kind: 'date'; at: string; offset?: PauseOffset | null }
  | { kind: 'variable'; variable: string; offset?: PauseOffset | null }
  | { kind: 'time'; at: string; weekdays?: number[] };

export interface PauseElement extends Placed {
  type: 'pause';
  until: PauseEnd;
  zone?: 'contact' | 'account';
  condition?: 'always' | 'if_inactive';
}

export type VariableScope = 'contact' | 'bot' | 'system';

export type Operator =
  | 'equal'
  | 'not_equal'
  | 'contains'
  | 'not_contains'
  | 'starts'
  | 'ends'
  | 'empty'
  | 'not_empty'
  | 'matches'
  | 'less'
  | 'less_or_equal'
  | 'greater'
  | 'greater_or_equal'
  | 'between'
  | 'before'
  | 'after'
  | 'within_last'
  | 'within_next';

export const OPERATORS: readonly Operator[] = [
  'equal',
  'not_equal',
  'contains',
  'not_contains',
  'starts',
  'ends',
  'empty',
  'not_empty',
  'matches',
  'less',
  'less_or_equal',
  'greater',
  'greater_or_equal',
  'between',
  'before',
  'after',
  'within_last',
  'within_next',
];

export interface OtherVariable {
  variable: string;
  scope?: VariableScope;
}

export type Operand = Json | OtherVariable;

export type Status = 'active' | 'unsubscribed' | 'blocked' | 'disabled';
export type Service = 'messenger' | 'telegram' | 'whatsapp' | 'instagram' | 'viber' | 'livechat';
export const STATUSES: readonly Status[] = ['active', 'unsubscribed', 'blocked', 'disabled'];
export const SERVICES: readonly Service[] = ['messenger', 'telegram', 'whatsapp', 'instagram', 'viber', 'livechat'];

export interface VariableCondition {
  on: 'variable';
  scope?: VariableScope;
  name: string;
  op: Operator;
  value?: Operand;
  to?: Operand;
  unit?: TimeUnit | null;
}

export type Condition =
  | VariableCondition
  | { on: 'tag'; op: 'has' | 'has_not'; tag: string }
  | { on: 'status'; op?: 'is' | 'is_not'; status: Status }
  | { on: 'channel'; op?: 'is' | 'is_not'; service: Service }
  | { on: 'campaign'; op?: 'is' | 'is_not'; campaign: string }
  | {
      on: 'received_webhook';
      op?: 'has' | 'has_not';
      title: string;
      within_days?: number | null;
      within_hours?: number | null;
    }
  | { on: 'chat_open'; open?: boolean }
  | { on: 'time'; from: string; to: string }
  | { on: 'weekday'; days: number[] };

export type ConditionKind = Condition['on'];

export interface InnerGroup {
  match: 'all' | 'any';
  conditions: Condition[];
}

export type ConditionNode = Condition | InnerGroup;

export interface ConditionGroup {
  match: 'all' | 'any';
  conditions: ConditionNode[];
}

export interface FilterBranch {
  id: string;
  when: ConditionGroup;
}

export interface FilterElement extends Placed {
  type: 'filter';
  branches: FilterBranch[];
}

export interface RandomBranch {
  id: string;
  percent: number;
}

export interface RandomizerElement extends Placed {
  type: 'randomizer';
  branches: RandomBranch[];
  once_per_contact?: boolean;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export type ApiBody =
  | { kind: 'json'; text: string }
  | { kind: 'form'; fields: NameValue[] }
  | { kind: 'raw'; content_type: string; text: string };

export type ApiAuth =
  | { kind: 'bearer'; secret: string }
  | { kind: 'basic'; user: string; secret: string }
  | { kind: 'header'; name: string; secret: string };

export interface SavedValue {
  path: string;
  variable: string;
  value_type?: ValueType | null;
}

export interface ApiRequestElement extends Placed {
  type: 'api_request';
  method?: Method;
  url: string;
  headers?: NameValue[];
  body?: ApiBody | null;
  auth?: ApiAuth | null;
  timeout_s?: number;
  retries?: number;
  retry_unsafe?: boolean;
  save?: SavedValue[];
}

export type FlowElementOfAnyType =
  MessageElement | ActionElement | FlowElement | PauseElement | FilterElement | RandomizerElement | ApiRequestElement;

/** A node of a flow. */
export type Element = FlowElementOfAnyType;
export type ElementType = Element['type'];

export const ELEMENT_TYPES: readonly ElementType[] = [
  'message',
  'action',
  'flow',
  'pause',
  'filter',
  'randomizer',
  'api_request',
];

export interface FlowDocument {
  version: number;
  name: string;
  start: string;
  elements: Element[];
  edges: Edge[];
}

/** Ids that stand for "not chosen yet": the server takes them in a draft and tells at validation that there is no such thing. */
export const NOT_CHOSEN = '00000000-0000-0000-0000-000000000000';

export const LIMITS = {
  elements: 500,
  parts: 20,
  actions: 30,
  buttons: 10,
  quickReplies: 11,
  cards: 10,
  labelChars: 20,
  filterBranches: 20,
  randomBranches: 6,
  randomBranchesMin: 2,
  fields: 30,
  delaySeconds: 15,
  tries: 10,
  timeLimitMin: 43_200,
  timeoutSeconds: 60,
  retries: 3,
  titleChars: 128,
  tagChars: 32,
  variableChars: 64,
  patternChars: 256,
  nameChars: 128,
} as const;

export const DEFAULTS = { tries: 3, timeLimitMin: 1_440, timeoutSeconds: 10 } as const;

/** All buttons of a part, those of cards too. */
export function buttonsOf(part: MessagePart): readonly MessageButton[] {
  switch (part.kind) {
    case 'gallery':
      return part.cards.flatMap((card) => card.buttons ?? []);
    case 'delay':
    case 'input':
      return [];
    default:
      return part.buttons ?? [];
  }
}

export function quickRepliesOf(part: MessagePart): readonly QuickReply[] {
  return part.kind === 'delay' || part.kind === 'input' ? [] : (part.quick_replies ?? []);
}

/** The output that a press or a payment takes; links and phone numbers have none. */
export function outputOfButton(button: MessageButton): string | null {
  switch (button.action?.kind ?? 'continue') {
    case 'continue':
      return `button:${button.id}`;
    case 'payment':
      return `paid:${button.id}`;
    default:
      return null;
  }
}

/** The outputs of an element, in the order in which they are shown. */
export function outputsOf(element: Element): string[] {
  switch (element.type) {
    case 'message': {
      const outputs = ['next'];
      for (const part of element.parts) {
        for (const button of buttonsOf(part)) {
          const output = outputOfButton(button);
          if (output !== null) outputs.push(output);
        }
        for (const reply of quickRepliesOf(part)) outputs.push(`button:${reply.id}`);
      }
      if (element.parts.some((part) => part.kind === 'input')) outputs.push('failed', 'timeout');
      return outputs;
    }
    case 'action':
      return ['next'];
    case 'flow':
      return element.mode === 'call' ? ['next'] : [];
    case 'pause':
      return element.condition === 'if_inactive' ? ['next', 'active'] : ['next'];
    case 'filter':
      return [...element.branches.map((branch) => `branch:${branch.id}`), 'otherwise'];
    case 'randomizer':
      return element.branches.map((branch) => `branch:${branch.id}`);
    case 'api_request':
      return ['done', 'error'];
  }
}

export function isGroup(node: ConditionNode): node is InnerGroup {
  return 'conditions' in node;
}

export function isOtherVariable(operand: Operand | undefined): operand is OtherVariable {
  return (
    typeof operand === 'object' &&
    operand !== null &&
    !Array.isArray(operand) &&
    typeof operand['variable'] === 'string'
  );
}

/** A document of the server as the builder holds it: lists that may be left out are there. */
export function opened(draft: unknown): FlowDocument {
  const given = draft as Partial<FlowDocument>;
  return {
    ...given,
    version: given.version ?? 1,
    name: given.name ?? '',
    start: given.start ?? 'start',
    elements: given.elements ?? [],
    edges: given.edges ?? [],
  };
}

export function elementById(document: FlowDocument, id: string): Element | undefined {
  return document.elements.find((element) => element.id === id);
}
