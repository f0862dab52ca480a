import { EVENT_KINDS } from '../../api/kinds';
import { Button, Group, Pill, Select } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import type { Schemas } from '../../api/client';
import type { DeliveryFilter } from '../../app/router';
import { useT } from '../../i18n';
import { PERIODS, STATUSES } from './outcome';

interface Props {
  filter: DeliveryFilter;
  webhooks: Schemas['WebhookView'][];
  set: (change: DeliveryFilter) => void;
}

/** A URL without its scheme, short enough for a list. */
export const shortUrl = (url: string) => url.replace(/^https?:\/\//, '').slice(0, 60);

export function DeliveryFilters({ filter, webhooks, set }: Props) {
  const t = useT();
  const hasFilter = Boolean(filter.status ?? filter.event ?? filter.webhook ?? filter.period ?? filter.contact);
  const choose = (name: keyof DeliveryFilter, all: string, data: { value: string; label: string }[], width: number) => (
    <Select
      aria-label={t(`deliveries.${name}` as 'deliveries.status')}
      placeholder={all}
      data={data}
      value={filter[name] ?? null}
      onChange={(value) => set({ [name]: value ?? undefined })}
      clearable
      size="sm"
      w={{ base: 'calc(50% - 5px)', xs: width }}
    />
  );
  return (
    <Group gap="xs" mb="md">
      {choose(
        'status',
        t('deliveries.all_statuses'),
        STATUSES.map((status) => ({ value: status, label: t(`deliveries.status_${status}`) })),
        170,
      )}
      {choose(
        'event',
        t('deliveries.all_events'),
        EVENT_KINDS.map((kind) => ({ value: kind, label: t(`event.${kind}`) })),
        220,
      )}
      {choose(
        'webhook',
        t('deliveries.all_webhooks'),
        webhooks.map(({ id, url, kind }) => ({
          value: id,
          label: `${shortUrl(url)}${kind === 'flow' ? ` (${t('event.flow_webhook')})` : ''}`,
        })),
        240,
      )}
      {choose(
        'period',
        t('deliveries.any_time'),
        PERIODS.map((period) => ({ value: period, label: t(`deliveries.period_${period}`) })),
        170,
      )}
      {filter.contact && (
        <Pill
          withRemoveButton
          onRemove={() => set({ contact: undefined })}
          size="md"
          removeButtonProps={{ 'aria-label': t('do.remove') }}
        >
          {t('deliveries.of_contact')}
        </Pill>
      )}
      {hasFilter && (
        <Button
          variant="subtle"
          color="gray"
          c="dimmed"
          leftSection={<IconFilterOff size={16} aria-hidden />}
          onClick={() =>
            set({ status: undefined, event: undefined, webhook: undefined, period: undefined, contact: undefined })
          }
        >
          {t('do.clear_filters')}
        </Button>
      )}
    </Group>
  );
}
