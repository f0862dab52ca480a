import { Table, Text } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { Ago } from '../../parts/Ago';
import { Status } from '../../parts/Status';
import { shortUrl } from './DeliveryFilters';
import { tellStatus } from './outcome';

type Delivery = Schemas['DeliveryView'];

export function DeliveryStatus({ delivery }: { delivery: Delivery }) {
  const t = useT();
  const { tone, key } = tellStatus(delivery.status);
  return <Status tone={tone}>{t(key)}</Status>;
}

interface Props {
  deliveries: Delivery[];
  webhooks: Schemas['WebhookView'][];
  open: (id: string) => void;
}

export function DeliveryTable({ deliveries, webhooks, open }: Props) {
  const t = useT();
  const formats = useFormats();
  const urls = new Map(webhooks.map(({ id, url }) => [id, url]));
  return (
    <div className="table-scroll">
      <Table verticalSpacing={9} horizontalSpacing="md" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('deliveries.status')}</Table.Th>
            <Table.Th>{t('deliveries.event')}</Table.Th>
            <Table.Th visibleFrom="md">{t('deliveries.webhook')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('deliveries.attempts')}</Table.Th>
            <Table.Th>{t('deliveries.when')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <Table.Tr
              key={delivery.id}
              className="row-link"
              tabIndex={0}
              onClick={() => open(delivery.id)}
              onKeyDown={(event) => {
                if (event.key === 'Enter') open(delivery.id);
              }}
            >
              <Table.Td>
                <DeliveryStatus delivery={delivery} />
              </Table.Td>
              <Table.Td className="grow">
                <Text size="sm" fw={500} className="name">
                  {delivery.event === 'flow_webhook' ? delivery.title : t(`event.${delivery.event}`)}
                </Text>
                <Text size="xs" c="dimmed" className="name">
                  {delivery.event === 'flow_webhook' ? t('event.flow_webhook') : delivery.event}
                  {delivery.replay && ` · ${t('deliveries.replay')}`}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="md" w={380} maw={380}>
                <Text size="sm" className="name" c="dimmed" dir="ltr" miw={260}>
                  {shortUrl(delivery.url ?? urls.get(delivery.webhook_id) ?? '')}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="sm" fz="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                {delivery.attempts}
                {delivery.next_at && delivery.status === 'pending' && formats.isAhead(delivery.next_at) && (
                  <Text span size="xs" ml={6}>
                    {t('deliveries.next_at', { when: formats.ago(delivery.next_at) })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td fz="sm" c="dimmed">
                <Ago at={delivery.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
