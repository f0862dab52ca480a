import { Button } from '@mantine/core';
import { IconFilterOff, IconSend } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { deliveriesQuery, webhooksQuery } from '../../api/queries';
import type { DeliveryFilter } from '../../app/router';
import { useT } from '../../i18n';
import { useLiveRefresh } from '../../live/LiveEvents';
import { LiveMark } from '../../live/LiveMark';
import { LoadMore } from '../../parts/LoadMore';
import { Page } from '../../parts/Page';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { DeliveryDrawer } from './DeliveryDrawer';
import { DeliveryFilters } from './DeliveryFilters';
import { DeliveryTable } from './DeliveryTable';
import { OutcomeStrip } from './OutcomeStrip';
import { isDeliveryStatus, isEventKind, recent } from './outcome';

export default function DeliveriesPage() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId/deliveries' });
  const search = useSearch({ from: '/app/bots/$botId/deliveries' });
  const navigate = useNavigate({ from: '/bots/$botId/deliveries' });
  const webhooks = useQuery(webhooksQuery(botId));
  const deliveries = useInfiniteQuery({
    ...deliveriesQuery(botId, {
      webhook_id: search.webhook,
      event: isEventKind(search.event) ? search.event : undefined,
      contact_id: search.contact,
      status: search.status && isDeliveryStatus(search.status) ? search.status : undefined,
      ...recent(search.period),
    }),
  });
  useLiveRefresh(() => void deliveries.refetch());

  const set = (change: DeliveryFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const items = deliveries.data?.pages.flatMap((page) => page.items);
  const hasFilter = Object.values({ ...search, delivery: undefined }).some(Boolean);
  return (
    <Page title={t('deliveries.title')} text={t('deliveries.text')} actions={<LiveMark />}>
      <DeliveryFilters filter={search} webhooks={webhooks.data?.items ?? []} set={set} />
      {items && <OutcomeStrip deliveries={items} />}
      {deliveries.error && !items && <ErrorState error={deliveries.error} retry={() => void deliveries.refetch()} />}
      {(!deliveries.error || items) && (
        <div className="panel">
          {deliveries.isPending && <LoadingRows rows={8} />}
          {items?.length === 0 && hasFilter && (
            <EmptyState
              icon={IconFilterOff}
              title={t(deliveries.hasNextPage ? 'deliveries.no_match_yet' : 'deliveries.no_match')}
              text={t(deliveries.hasNextPage ? 'deliveries.no_match_yet_text' : 'deliveries.no_match_text')}
            />
          )}
          {items?.length === 0 && !hasFilter && (
            <EmptyState
              icon={IconSend}
              title={t('deliveries.empty')}
              text={t('deliveries.empty_text')}
              action={
                <Button
                  variant="default"
                  renderRoot={(props) => (
                    <Link to="/bots/$botId/settings/$section" params={{ botId, section: 'webhooks' }} {...props} />
                  )}
                >
                  {t('deliveries.to_webhooks')}
                </Button>
              }
            />
          )}
          {items && items.length > 0 && (
            <DeliveryTable
              deliveries={items}
              webhooks={webhooks.data?.items ?? []}
              open={(id) => void navigate({ search: (before) => ({ ...before, delivery: id }) })}
            />
          )}
          <LoadMore {...deliveries} />
        </div>
      )}
      <DeliveryDrawer
        deliveryId={search.delivery}
        close={() => void navigate({ search: (before) => ({ ...before, delivery: undefined }) })}
      />
    </Page>
  );
}
