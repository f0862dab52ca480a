import { OPERATORS, type Condition } from '../document';

/** A condition of every kind, and a comparison of every operator. */
export const CONDITIONS: Condition[] = [
  { on: 'variable', scope: 'contact', name: 'age', op: 'between', value: 18, to: 65.5 },
  { on: 'variable', scope: 'bot', name: 'open', op: 'equal', value: true },
  { on: 'variable', scope: 'system', name: 'last_message', op: 'matches', value: '^a' },
  { on: 'variable', scope: 'contact', name: 'a', op: 'less', value: { variable: 'b', scope: 'bot' } },
  { on: 'variable', scope: 'contact', name: 'born', op: 'within_last', value: 3, unit: 'hours' },
  ...OPERATORS.filter((op) => !['between', 'matches', 'within_last', 'within_next'].includes(op)).map(
    (op): Condition => {
      const needsNone = op === 'empty' || op === 'not_empty';
      return { on: 'variable', scope: 'contact', name: 'x', op, ...(needsNone ? {} : { value: 'y' }) };
    },
  ),
  { on: 'tag', op: 'has_not', tag: 'vip' },
  { on: 'status', op: 'is_not', status: 'blocked' },
  { on: 'channel', op: 'is', service: 'viber' },
  { on: 'campaign', op: 'is', campaign: 'spring' },
  { on: 'received_webhook', op: 'has', title: 'W', within_days: 2 },
  { on: 'received_webhook', op: 'has_not', title: 'W', within_hours: 5 },
  { on: 'chat_open', open: false },
  { on: 'time', from: '22:00', to: '06:00' },
  { on: 'weekday', days: [1, 7] },
];
