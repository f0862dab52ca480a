import { Stack, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { webhookHealthQuery } from '../../api/queries';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import classes from './health.module.css';

/** How a webhook did in the last 24 hours: a bar an hour, as high as it had attempts, and in words how many delivered and how fast. It keeps its room
 * while it is loaded and when there is nothing to tell. */
export function WebhookHealth({ webhookId }: { webhookId: string }) {
  const t = useT();
  const formats = useFormats();
  const { data } = useQuery(webhookHealthQuery(webhookId));
  const highest = Math.max(1, ...(data?.hours ?? []).map((hour) => hour.delivered + hour.not_delivered));
  const within = (ms: number) => formats.duration(ms * 1_000);
  const words = () => {
    if (!data) return ' ';
    const made = data.delivered + data.not_delivered;
    if (made === 0) return t('webhooks.health_none');
    const share = t('webhooks.health_share', {
      share: formats.percent(data.delivered / made),
      count: t.many('webhooks.health_attempts', made),
    });
    const { p50_ms: half, p95_ms: most } = data;
    if (half === null || half === undefined || most === null || most === undefined) return share;
    return `${share} ${t('webhooks.health_speed', { half: within(half), most: within(most) })}`;
  };
  const tell = (hour: Schemas['HourView']) => {
    const counts = [t('webhooks.health_delivered', { count: formats.number(hour.delivered) })];
    if (hour.not_delivered > 0)
      counts.push(t('webhooks.health_not_delivered', { count: formats.number(hour.not_delivered) }));
    if (hour.p50_ms) counts.push(t('webhooks.health_half', { half: within(hour.p50_ms) }));
    return `${formats.clock(hour.from)}: ${counts.join(', ')}`;
  };
  return (
    <Stack gap={4}>
      <div className={classes['strip']} aria-hidden>
        {data?.hours.map((hour) => (
          <Tooltip key={hour.from} label={tell(hour)} disabled={hour.delivered + hour.not_delivered === 0}>
            <div className={classes['hour']}>
              <div
                className={classes['not']}
                style={{ height: `${(hour.not_delivered / highest) * 100}%` }}
                data-some={hour.not_delivered > 0 || undefined}
              />
              <div
                className={classes['delivered']}
                style={{ height: `${(hour.delivered / highest) * 100}%` }}
                data-some={hour.delivered > 0 || undefined}
              />
            </div>
          </Tooltip>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {words()}
      </Text>
    </Stack>
  );
}
