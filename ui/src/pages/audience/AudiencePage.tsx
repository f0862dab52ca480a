import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { IconDownload, IconFilterOff, IconUpload, IconUsers } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { contactsQuery } from '../../api/queries';
import type { AudienceFilter } from '../../app/router';
import { useT } from '../../i18n';
import { Ago } from '../../parts/Ago';
import { LoadMore } from '../../parts/LoadMore';
import { Page } from '../../parts/Page';
import { Person } from '../../parts/Person';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { AudienceFilters } from './AudienceFilters';
import { ContactStatus } from './ContactStatus';
import { addressOf, wantedOf } from './filter';
import { ImportModal } from './ImportModal';
import { Segments } from './Segments';

const TAGS_SHOWN = 3;

export default function AudiencePage() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId/audience' });
  const filter = useSearch({ from: '/app/bots/$botId/audience' });
  const navigate = useNavigate({ from: '/bots/$botId/audience' });
  const wanted = wantedOf(filter);
  const [nth, setNth] = useState(0);
  const [importing, setImporting] = useState(false);
  const contacts = useInfiniteQuery({
    ...contactsQuery(botId, wanted),
    placeholderData: (before) => before,
  });
  const items = contacts.data?.pages.flatMap((page) => page.items);
  const hasFilter = Object.values(filter).some(Boolean);
  const set = (change: AudienceFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const open = (contactId: string) =>
    void navigate({ to: '/bots/$botId/audience/$contactId', params: { botId, contactId } });
  return (
    <Page
      title={t('audience.title')}
      text={t('audience.text')}
      actions={
        <>
          <Button
            variant="default"
            onClick={() => setImporting(true)}
            leftSection={<IconUpload size={16} aria-hidden />}
          >
            {t('import.open')}
          </Button>
          <Button
            component="a"
            variant="default"
            href={`/api/v1/contacts/export?${new URLSearchParams({ bot_id: botId, ...(addressOf(wanted) as Record<string, string>) }).toString()}`}
            download
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            {t('segments.download')}
          </Button>
        </>
      }
    >
      {importing && <ImportModal botId={botId} close={() => setImporting(false)} />}
      <Segments
        botId={botId}
        filter={wanted}
        choose={(kept) => {
          void navigate({ search: addressOf(kept), replace: true }).then(() => setNth((before) => before + 1));
        }}
      />
      <AudienceFilters key={nth} botId={botId} filter={filter} set={set} />
      {contacts.error && <ErrorState error={contacts.error} retry={() => void contacts.refetch()} />}
      {!contacts.error && (
        <div className="panel">
          {contacts.isPending && <LoadingRows rows={8} />}
          {items?.length === 0 && !contacts.hasNextPage && (
            <EmptyState
              icon={hasFilter ? IconFilterOff : IconUsers}
              title={t(hasFilter ? 'audience.no_match' : 'audience.empty')}
              text={t(hasFilter ? 'audience.no_match_text' : 'audience.empty_text')}
            />
          )}
          {items && items.length > 0 && <ContactTable contacts={items} open={open} />}
          <LoadMore {...contacts} />
        </div>
      )}
      {items && items.length > 0 && !contacts.hasNextPage && (
        <Text size="xs" c="dimmed" mt="xs" ta="right">
          {t.many('audience.count', items.length)}
        </Text>
      )}
    </Page>
  );
}

function ContactTable({ contacts, open }: { contacts: Schemas['ContactView'][]; open: (id: string) => void }) {
  const t = useT();
  return (
    <div className="table-scroll">
      <Table verticalSpacing={9} horizontalSpacing="md" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('audience.contact')}</Table.Th>
            <Table.Th visibleFrom="xs">{t('audience.status')}</Table.Th>
            <Table.Th visibleFrom="md">{t('audience.tags')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('audience.last_message')}</Table.Th>
            <Table.Th>{t('audience.active')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {contacts.map((contact) => {
            const { profile } = contact;
            return (
              <Table.Tr
                key={contact.id}
                className="row-link"
                tabIndex={0}
                onClick={() => open(contact.id)}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') open(contact.id);
                }}
              >
                <Table.Td className="grow">
                  <Person
                    name={profile.name || t('audience.nameless')}
                    photo={profile.photo}
                    second={profile.username ? `@${profile.username}` : (profile.phone ?? profile.email)}
                  />
                </Table.Td>
                <Table.Td visibleFrom="xs">
                  <ContactStatus status={contact.status} />
                </Table.Td>
                <Table.Td visibleFrom="md" miw={220} maw={260}>
                  <Group gap={4}>
                    {contact.tags.slice(0, TAGS_SHOWN).map((tag) => (
                      <Badge key={tag} variant="default" maw={160}>
                        {tag}
                      </Badge>
                    ))}
                    {contact.tags.length > TAGS_SHOWN && (
                      <Text size="xs" c="dimmed">
                        +{contact.tags.length - TAGS_SHOWN}
                      </Text>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td visibleFrom="sm" miw={240} maw={320}>
                  <Text size="sm" c="dimmed" className="name">
                    {contact.last_message.slice(0, 200)}
                  </Text>
                </Table.Td>
                <Table.Td fz="sm" c="dimmed">
                  <Ago at={contact.active_at ?? contact.created_at} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}
