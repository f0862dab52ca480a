import { Anchor, Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconBolt, IconMessages, IconPlayerStop, IconRun, IconSend } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, read, type Schemas } from '../../api/client';
import { contactEventsQuery, deliveriesQuery, flowsQuery, messagesQuery, runsQuery } from '../../api/queries';
import { useT, type T } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { MessageBubble } from '../../messages/MessageBubble';
import { Ago } from '../../parts/Ago';
import { LoadMore } from '../../parts/LoadMore';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { DeliveryTable } from '../deliveries/DeliveryTable';
import { useChangeContact, type Contact } from './changeContact';
import classes from './contact.module.css';

const VIEWS = ['messages', 'events', 'deliveries', 'runs'] as const;

/** What happened with a contact, the newest first. */
export function ContactTimeline({ contact }: { contact: Contact }) {
  const t = useT();
  return (
    <Tabs defaultValue="messages" keepMounted={false} className="panel">
      <Tabs.List px="xs" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
        {VIEWS.map((view) => (
          <Tabs.Tab key={view} value={view} py="sm">
            {t(`audience.timeline_${view}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="messages">
        <Messages contact={contact} />
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <Events contact={contact} />
      </Tabs.Panel>
      <Tabs.Panel value="deliveries">
        <Deliveries contact={contact} />
      </Tabs.Panel>
      <Tabs.Panel value="runs">
        <Runs contact={contact} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Messages({ contact }: { contact: Contact }) {
  const t = useT();
  const messages = useInfiniteQuery(messagesQuery(contact.id));
  const items = messages.data?.pages.flatMap((page) => page.items);
  if (messages.error && !items) return <ErrorState error={messages.error} retry={() => void messages.refetch()} />;
  if (!items) return <LoadingRows />;
  if (items.length === 0) {
    return <EmptyState icon={IconMessages} title={t('audience.no_messages')} text={t('audience.no_messages_text')} />;
  }
  return (
    <>
      <div className={classes['messages']}>
        {items.map((message) => (
          <MessageBubble key={message.id} message={message} />
        ))}
      </div>
      <LoadMore {...messages} />
    </>
  );
}

function Events({ contact }: { contact: Contact }) {
  const t = useT();
  const navigate = useNavigate();
  const events = useInfiniteQuery(contactEventsQuery(contact.bot_id, contact.id));
  const items = events.data?.pages.flatMap((page) => page.items);
  if (events.error && !items) return <ErrorState error={events.error} retry={() => void events.refetch()} />;
  if (!items) return <LoadingRows />;
  if (items.length === 0) {
    return <EmptyState icon={IconBolt} title={t('audience.no_events')} text={t('audience.no_events_text')} />;
  }
  return (
    <>
      {items.map((event) => (
        <Group key={event.id} className={classes['line']} justify="space-between" wrap="nowrap">
          <Stack gap={0} miw={0}>
            <Text size="sm" fw={500} className="name">
              {event.event === 'flow_webhook' ? event.title : t(`event.${event.event}`)}
            </Text>
            <Text size="xs" c="dimmed">
              {event.event}
            </Text>
          </Stack>
          <Group gap="md" wrap="nowrap">
            <Anchor
              component="button"
              type="button"
              size="xs"
              onClick={() =>
                void navigate({
                  to: '/bots/$botId/deliveries',
                  params: { botId: contact.bot_id },
                  search: { contact: contact.id, event: event.event },
                })
              }
            >
              {t('webhooks.deliveries')}
            </Anchor>
            <Text size="xs" c="dimmed">
              <Ago at={event.at} />
            </Text>
          </Group>
        </Group>
      ))}
      <LoadMore {...events} />
    </>
  );
}

function Deliveries({ contact }: { contact: Contact }) {
  const t = useT();
  const navigate = useNavigate();
  const deliveries = useInfiniteQuery(deliveriesQuery(contact.bot_id, { contact_id: contact.id }));
  const items = deliveries.data?.pages.flatMap((page) => page.items);
  if (deliveries.error && !items)
    return <ErrorState error={deliveries.error} retry={() => void deliveries.refetch()} />;
  if (!items) return <LoadingRows />;
  if (items.length === 0) {
    return <EmptyState icon={IconSend} title={t('audience.no_deliveries')} text={t('audience.no_deliveries_text')} />;
  }
  return (
    <>
      <DeliveryTable
        deliveries={items}
        webhooks={[]}
        open={(delivery) =>
          void navigate({
            to: '/bots/$botId/deliveries',
            params: { botId: contact.bot_id },
            search: { contact: contact.id, delivery },
          })
        }
      />
      <LoadMore {...deliveries} />
    </>
  );
}

function tellWait({ waits_for, element }: Schemas['RunView'], t: T): string {
  const key = `audience.run_waits_${waits_for}`;
  return t(t.has(key) ? key : 'audience.run_waits', { element });
}

function Runs({ contact }: { contact: Contact }) {
  const t = useT();
  const formats = useFormats();
  const runs = useQuery(runsQuery(contact.id));
  const { data: flows } = useQuery(flowsQuery(contact.bot_id));
  const stop = useChangeContact(
    contact,
    (run: number) =>
      read(
        api.DELETE('/api/v1/contacts/{contact_id}/runs/{run}', { params: { path: { contact_id: contact.id, run } } }),
      ),
    t('audience.stopped'),
  );
  if (runs.error && !runs.data) return <ErrorState error={runs.error} retry={() => void runs.refetch()} />;
  if (!runs.data) return <LoadingRows rows={3} />;
  if (runs.data.items.length === 0) {
    return <EmptyState icon={IconRun} title={t('audience.no_runs')} text={t('audience.no_runs_text')} />;
  }
  return runs.data.items.map((run) => (
    <Group key={run.number} className={classes['line']} justify="space-between">
      <Stack gap={2} miw={0} flex={1}>
        <Anchor
          size="sm"
          fw={500}
          className="name"
          renderRoot={(props) => (
            <Link to="/bots/$botId/flows/$flowId" params={{ botId: contact.bot_id, flowId: run.flow_id }} {...props} />
          )}
        >
          {flows?.items.find(({ id }) => id === run.flow_id)?.name ?? t('triggers.the_flow')}
        </Anchor>
        <Text size="xs" c="dimmed" className="said">
          {tellWait(run, t)}
          {run.until && ` · ${t('audience.run_until', { when: formats.full(run.until) })}`}
          {' · '}
          {t('audience.run_since', { when: formats.ago(run.started_at) })}
        </Text>
      </Stack>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlayerStop size={14} aria-hidden />}
        loading={stop.isPending && stop.variables === run.number}
        onClick={() => stop.mutate(run.number)}
      >
        {t('audience.stop_run')}
      </Button>
    </Group>
  ));
}
