import { Anchor, Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconBan, IconRefresh, IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { attemptsQuery, contactQuery, deliveryQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { useLiveRefresh } from '../../live/LiveEvents';
import { useAct } from '../../parts/act';
import { Copy } from '../../parts/Copy';
import { copyText } from '../../parts/copyText';
import { ErrorState, LoadingRows } from '../../parts/States';
import { AttemptsView } from './AttemptsView';
import { DeliveryStatus } from './DeliveryTable';

export function DeliveryDrawer({ deliveryId, close }: { deliveryId: string | undefined; close: () => void }) {
  const t = useT();
  return (
    <Drawer
      opened={deliveryId !== undefined}
      onClose={close}
      title={t('deliveries.one')}
      size="min(1180px, 100vw)"
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      {deliveryId && <DeliveryDetail deliveryId={deliveryId} />}
    </Drawer>
  );
}

function DeliveryDetail({ deliveryId }: { deliveryId: string }) {
  const t = useT();
  const formats = useFormats();
  const delivery = useQuery(deliveryQuery(deliveryId));
  // An attempt is a change, and no event.
  useLiveRefresh(
    () => void delivery.refetch(),
    0,
    () => false,
  );
  const tried = delivery.data?.attempts;
  const attempts = useQuery(attemptsQuery(deliveryId, tried));
  const contact = useQuery({
    ...contactQuery(delivery.data?.contact_id ?? ''),
    enabled: delivery.data !== undefined,
    retry: false,
  });
  const path = { delivery_id: deliveryId };
  const refresh = [['delivery', deliveryId], ['deliveries']];
  const retry = useAct({
    run: () => read(api.POST('/api/v1/deliveries/{delivery_id}/retry', { params: { path } })),
    refresh,
    done: t('deliveries.retried'),
  });
  const cancel = useAct({
    run: () => read(api.POST('/api/v1/deliveries/{delivery_id}/cancel', { params: { path } })),
    refresh,
    done: t('deliveries.cancelled'),
  });
  const curl = useAct({
    run: async () => {
      const { command } = await read(api.GET('/api/v1/deliveries/{delivery_id}/curl', { params: { path } }));
      if (!(await copyText(command))) throw new Error(t('deliveries.curl_failed'));
    },
    done: t('deliveries.curl_copied'),
  });

  if (delivery.error) return <ErrorState error={delivery.error} retry={() => void delivery.refetch()} />;
  if (!delivery.data) return <LoadingRows rows={5} />;
  const shown = delivery.data;
  const isPending = shown.status === 'pending';
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Stack gap={6} miw={0} flex="1 1 320px">
          <Group gap="md">
            <Text fw={600} className="said">
              {shown.event === 'flow_webhook' ? shown.title : t(`event.${shown.event}`)}
            </Text>
            <DeliveryStatus delivery={shown} />
          </Group>
          <Text size="sm" c="dimmed" className="said" dir="ltr">
            {shown.url}
          </Text>
          <Group gap="xs">
            <Text size="sm" c="dimmed">
              {formats.full(shown.created_at)}
              {shown.replay && ` · ${t('deliveries.replay')}`}
            </Text>
            {contact.data && (
              <Anchor
                size="sm"
                maw={260}
                className="name"
                renderRoot={(props) => (
                  <Link
                    to="/bots/$botId/audience/$contactId"
                    params={{ botId: shown.bot_id, contactId: shown.contact_id }}
                    {...props}
                  />
                )}
              >
                {contact.data.profile.name || t('audience.nameless')}
              </Anchor>
            )}
          </Group>
          <Group gap={4} wrap="nowrap">
            <Text size="xs" c="dimmed" ff="monospace" className="said">
              {t('deliveries.event_id')}: {shown.event_id}
            </Text>
            <Copy value={shown.event_id} />
          </Group>
        </Stack>
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconTerminal2 size={16} aria-hidden />}
            loading={curl.isPending}
            onClick={() => curl.mutate()}
          >
            {t('deliveries.curl')}
          </Button>
          {isPending && (
            <Button
              variant="default"
              leftSection={<IconBan size={16} aria-hidden />}
              loading={cancel.isPending}
              onClick={() => cancel.mutate()}
            >
              {t('deliveries.cancel')}
            </Button>
          )}
          <Button
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {t(isPending ? 'deliveries.retry_now' : 'deliveries.retry')}
          </Button>
        </Group>
      </Group>
      {attempts.error && <ErrorState error={attempts.error} retry={() => void attempts.refetch()} />}
      {attempts.isPending && <LoadingRows rows={5} />}
      {attempts.data && <AttemptsView attempts={attempts.data} />}
    </Stack>
  );
}
