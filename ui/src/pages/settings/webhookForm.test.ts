import { describe, expect, it } from 'vitest';
import { changeOf, flaw, valuesOf, type Webhook } from './webhookForm';

const webhook: Webhook = {
  id: 'w',
  bot_id: 'b',
  kind: 'global',
  url: 'https://example.org/hook?token=***',
  state: { state: 'on' },
  events: ['incoming_message'],
  format: 'documented',
  profile: 'recado',
  date_unit: 'milliseconds',
  ordered: true,
  concurrency: 16,
  timeout_ms: 10_000,
  headers: ['X-Key'],
  auth: 'basic',
  created_at: '2026-11-26T00:00:00.000Z',
};

describe('a change of a webhook', () => {
  it('is empty when nothing was touched, so a masked URL and secrets stay', () => {
    expect(changeOf(valuesOf(webhook), webhook)).toEqual({});
  });

  it('has only what was touched', () => {
    expect(changeOf({ ...valuesOf(webhook), format: 'json', timeout_s: 2.5 }, webhook)).toEqual({
      format: 'json',
      timeout_ms: 2_500,
    });
  });

  it('takes a limit, headers and authorisation away', () => {
    const limited = { ...webhook, rate_per_s: 5 };
    const values = { ...valuesOf(limited), rate_per_s: '' as const, headers: [], auth: 'none' as const };
    expect(changeOf(values, limited)).toEqual({ rate_per_s: null, headers: [], auth: null });
  });

  it('takes a schedule, and gives back the usual one', () => {
    expect(changeOf({ ...valuesOf(webhook), schedule: '1 s, 1 min' }, webhook)).toEqual({
      schedule_ms: [1_000, 60_000],
    });
    const own = { ...webhook, schedule_ms: [1_000] };
    expect(valuesOf(own).schedule).toBe('1 s');
    expect(changeOf({ ...valuesOf(own), schedule: ' ' }, own)).toEqual({ schedule_ms: null });
    expect(flaw({ ...valuesOf(own), url: 'https://a', schedule: 'soon' }, false)).toBe('schedule');
  });

  it('never sends events of a flow webhook', () => {
    const flow: Webhook = { ...webhook, kind: 'flow', events: [] };
    expect(changeOf({ ...valuesOf(flow), events: ['unsubscribe'] }, flow)).toEqual({});
  });
});

describe('a new webhook', () => {
  it('sends what is on the form', () => {
    const change = changeOf({ ...valuesOf(undefined), url: ' https://example.org/x ' }, undefined);
    expect(change).toMatchObject({ url: 'https://example.org/x', events: ['incoming_message'], format: 'documented' });
    expect(change.auth).toBeUndefined();
  });

  it('needs a URL and an event', () => {
    expect(flaw(valuesOf(undefined), false)).toBe('url');
    expect(flaw({ ...valuesOf(undefined), url: 'https://a', events: [] }, false)).toBe('events');
    expect(flaw({ ...valuesOf(undefined), url: 'https://a' }, false)).toBeNull();
  });
});
