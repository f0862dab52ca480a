import type { T } from '../../i18n';
import type { formats } from '../../i18n/format';
import type { Tone } from '../../parts/Status';
import type { Webhook } from './webhookForm';

/** How a webhook is, and why, in words a user understands. */
export function tellWebhook(
  webhook: Webhook,
  t: T,
  format: ReturnType<typeof formats>,
): { tone: Tone; text: string; why?: string } {
  const { state } = webhook;
  if (state.state === 'off') return { tone: 'bad', text: t('state.off'), why: t(`webhooks.off_${state.reason}`) };
  if (state.state === 'paused') return { tone: 'idle', text: t('webhooks.paused') };
  if (webhook.failing_since) {
    return {
      tone: 'bad',
      text: t('webhooks.failing'),
      why: t('webhooks.failing_since', { when: format.full(webhook.failing_since) }),
    };
  }
  if (webhook.held_until) {
    return {
      tone: 'wait',
      text: t('webhooks.held'),
      why: t('webhooks.held_until', { when: format.full(webhook.held_until) }),
    };
  }
  if (state.state === 'behind') return { tone: 'wait', text: t('webhooks.behind'), why: t('webhooks.behind_text') };
  return { tone: 'good', text: t('state.on') };
}

/** Whether it gets deliveries, which is what the switch shows. */
export const isOn = ({ state }: Webhook) => state.state === 'on' || state.state === 'behind';
