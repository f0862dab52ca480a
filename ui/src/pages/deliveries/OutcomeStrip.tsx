import { Group, Stack, Text, Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { Status } from '../../parts/Status';
import { bucketsOf, heightOf, percentile, type Bucket } from './buckets';
import { STATUSES, tellStatus, type DeliveryStatus } from './outcome';
import classes from './outcome.module.css';

const BUCKETS = 48;
const SHOWN_FROM = 10;

/** The listed deliveries over time, by what became of them and how long they took: a burst of failures is seen before it is read. */
export function OutcomeStrip({ deliveries }: { deliveries: Schemas['DeliveryView'][] }) {
  const t = useT();
  const formats = useFormats();
  const buckets = useMemo(() => bucketsOf(deliveries, BUCKETS), [deliveries]);
  if (deliveries.length < SHOWN_FROM) return null;
  const highest = Math.max(...buckets.map(({ total }) => total));
  const first = buckets[0];
  const last = buckets[buckets.length - 1];
  const sums = STATUSES.map((status) => ({
    status,
    count: deliveries.filter((delivery) => delivery.status === status).length,
  })).filter(({ count }) => count > 0);
  const spanOf = (ms: number) => formats.duration(ms * 1_000);
  const took = buckets.flatMap((bucket) => bucket.took);
  const [half, most, longest] = [percentile(took, 50), percentile(took, 95), Math.max(...took)];
  const count = (status: DeliveryStatus) => sums.find((sum) => sum.status === status)?.count ?? 0;
  const over = count('delivered') + count('failed');
  const tell = (bucket: Bucket) =>
    `${formats.full(new Date(bucket.from))}: ${STATUSES.filter((status) => bucket.counts[status] > 0)
      .map((status) => `${t(`deliveries.status_${status}`)} ${bucket.counts[status]}`)
      .join(', ')}`;
  return (
    <Stack className="panel" p="md" gap="xs" mb="md">
      <Group gap="lg">
        {sums.map(({ status, count }) => (
          <Status key={status} tone={tellStatus(status).tone}>
            {t(`deliveries.status_${status}`)} {formats.number(count)}
          </Status>
        ))}
      </Group>
      <div className={classes['strip']} aria-hidden>
        {buckets.map((bucket) => (
          <Tooltip key={bucket.from} label={tell(bucket)} disabled={bucket.total === 0}>
            <div className={classes['bucket']}>
              {STATUSES.filter((status) => bucket.counts[status] > 0).map((status) => (
                <div
                  key={status}
                  style={{
                    background: `var(--recado-${tellStatus(status).tone})`,
                    height: `${(bucket.counts[status] / highest) * 100}%`,
                  }}
                />
              ))}
            </div>
          </Tooltip>
        ))}
      </div>
      {half !== undefined && most !== undefined && (
        <>
          <Text size="sm" c="dimmed">
            {t('deliveries.speed', { half: spanOf(half), most: spanOf(most) })}{' '}
            {t('deliveries.share', { share: formats.percent(count('delivered') / over) })}
          </Text>
          <div className={classes['strip']} data-kind="speed" aria-hidden>
            {buckets.map((bucket) => {
              const middle = percentile(bucket.took, 50);
              return (
                <Tooltip
                  key={bucket.from}
                  label={`${formats.full(new Date(bucket.from))}: ${middle === undefined ? '' : spanOf(middle)}`}
                  disabled={middle === undefined}
                >
                  <div className={classes['bucket']}>
                    {middle !== undefined && (
                      <div className={classes['speed']} style={{ height: `${heightOf(middle, longest) * 100}%` }} />
                    )}
                  </div>
                </Tooltip>
              );
            })}
          </div>
        </>
      )}
      <Group justify="space-between" wrap="nowrap">
        {[first, last].map(
          (bucket, index) =>
            bucket && (
              <Text key={index} size="xs" c="dimmed" ta={index === 0 ? 'start' : 'end'}>
                {formats.full(new Date(index === 0 ? bucket.from : bucket.to))}
              </Text>
            ),
        )}
      </Group>
    </Stack>
  );
}
