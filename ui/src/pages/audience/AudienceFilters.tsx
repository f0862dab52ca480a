import { Autocomplete, Button, Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilterOff, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tagsQuery, variablesQuery } from '../../api/queries';
import type { AudienceFilter } from '../../app/router';
import { useT } from '../../i18n';
import { CONTACT_STATUSES } from './ContactStatus';

const TYPING_MS = 350;
type Typed = 'search' | 'variable' | 'value' | 'received_webhook';
const TYPED: readonly Typed[] = ['search', 'variable', 'value', 'received_webhook'];

const typedOf = (filter: AudienceFilter): Record<Typed, string> => ({
  search: filter.search ?? '',
  variable: filter.variable ?? '',
  value: filter.value ?? '',
  received_webhook: filter.received_webhook ?? '',
});

interface Props {
  botId: string;
  filter: AudienceFilter;
  set: (change: AudienceFilter) => void;
}

/** The filters of the audience; what is typed takes effect when one stops typing. */
export function AudienceFilters({ botId, filter, set }: Props) {
  const t = useT();
  const { data: tags } = useQuery(tagsQuery(botId));
  const { data: variables } = useQuery(variablesQuery(botId));
  const [typed, setTyped] = useState(() => typedOf(filter));
  const apply = useDebouncedCallback((next: Record<Typed, string>) => {
    const wanted = Object.fromEntries(TYPED.map((name) => [name, next[name].trim() || undefined]));
    set(next.variable.trim() ? wanted : { ...wanted, value: undefined });
  }, TYPING_MS);
  const type = (name: Typed, text: string) => {
    const next = { ...typed, [name]: text };
    setTyped(next);
    apply(next);
  };
  const hasFilter = Object.values(filter).some(Boolean);
  return (
    <Group gap="xs" mb="md">
      <TextInput
        aria-label={t('audience.search')}
        placeholder={t('audience.search')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed.search}
        onChange={(event) => type('search', event.currentTarget.value)}
        w={{ base: '100%', xs: 260 }}
      />
      <Select
        aria-label={t('audience.status')}
        placeholder={t('audience.all_statuses')}
        data={CONTACT_STATUSES.map((status) => ({ value: status, label: t(`contact_status.${status}`) }))}
        value={filter.status ?? null}
        onChange={(status) => set({ status: status ?? undefined })}
        clearable
        w={{ base: 'calc(50% - 5px)', xs: 160 }}
      />
      <Select
        aria-label={t('audience.tag')}
        placeholder={t('audience.any_tag')}
        data={[...new Set([...(tags?.items.map(({ name }) => name) ?? []), ...(filter.tag ? [filter.tag] : [])])]}
        value={filter.tag ?? null}
        onChange={(tag) => set({ tag: tag ?? undefined })}
        clearable
        searchable
        limit={50}
        w={{ base: 'calc(50% - 5px)', xs: 160 }}
      />
      <Autocomplete
        aria-label={t('audience.variable')}
        placeholder={t('audience.variable')}
        data={[...new Set(variables?.items.filter(({ scope }) => scope === 'contact').map(({ name }) => name) ?? [])]}
        value={typed.variable}
        onChange={(text) => type('variable', text)}
        w={{ base: 'calc(50% - 5px)', xs: 150 }}
      />
      {typed.variable.trim() && (
        <TextInput
          aria-label={t('audience.value')}
          placeholder={t('audience.value')}
          value={typed.value}
          onChange={(event) => type('value', event.currentTarget.value)}
          w={{ base: 'calc(50% - 5px)', xs: 150 }}
        />
      )}
      <TextInput
        aria-label={t('audience.received_webhook')}
        placeholder={t('audience.received_webhook')}
        value={typed.received_webhook}
        onChange={(event) => type('received_webhook', event.currentTarget.value)}
        w={{ base: '100%', xs: 230 }}
      />
      <Checkbox
        label={t('segments.chat_open')}
        checked={filter.chat_open === 'true'}
        onChange={(event) => set({ chat_open: event.currentTarget.checked ? 'true' : undefined })}
      />
      {hasFilter && (
        <Button
          variant="subtle"
          color="gray"
          c="dimmed"
          leftSection={<IconFilterOff size={16} aria-hidden />}
          onClick={() => {
            setTyped(typedOf({}));
            set({
              search: undefined,
              status: undefined,
              tag: undefined,
              variable: undefined,
              value: undefined,
              received_webhook: undefined,
              chat_open: undefined,
            });
          }}
        >
          {t('do.clear_filters')}
        </Button>
      )}
    </Group>
  );
}
