import { ActionIcon, Badge, Button, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { tokensQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Ago } from '../../parts/Ago';
import { Confirm } from '../../parts/Confirm';
import { CopyLine } from '../../parts/Copy';
import { ErrorState, LoadingRows } from '../../parts/States';

export function Tokens() {
  const t = useT();
  const tokens = useQuery(tokensQuery);
  const [isCreating, creating] = useDisclosure();
  const [removed, setRemoved] = useState<Schemas['TokenView'] | null>(null);
  const remove = useAct({
    run: (token_id: string) =>
      read(api.DELETE('/api/v1/account/tokens/{token_id}', { params: { path: { token_id } } })),
    refresh: [tokensQuery.queryKey],
    done: t('account.token_deleted'),
    then: () => setRemoved(null),
    quietError: true,
  });
  return (
    <Stack className="panel" p="lg" component="section" gap="md">
      <Group justify="space-between">
        <Title order={2}>{t('account.tokens')}</Title>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={creating.open}>
          {t('account.new_token')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        {t('account.tokens_text')}
      </Text>
      {tokens.error && <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.isPending && <LoadingRows rows={2} />}
      {tokens.data?.items.length === 0 && <Text size="sm">{t('account.tokens_empty')}</Text>}
      {tokens.data?.items.map((token) => (
        <Group key={token.id} wrap="nowrap" gap="sm">
          <IconKey size={18} stroke={1.6} aria-hidden style={{ flex: 'none' }} />
          <Stack gap={0} flex={1} miw={0}>
            <Group gap="xs" wrap="nowrap">
              <Text size="sm" fw={500} className="name">
                {token.name}
              </Text>
              {token.current && (
                <Badge variant="default" style={{ flex: 'none' }}>
                  {t('account.token_current')}
                </Badge>
              )}
            </Group>
            <Text size="xs" c="dimmed">
              {t('account.token_created')} <Ago at={token.created_at} />
            </Text>
          </Stack>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('do.delete')}: ${token.name}`}
            onClick={() => setRemoved(token)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <NewTokenModal opened={isCreating} close={creating.close} />
      <Confirm
        opened={removed !== null}
        close={() => setRemoved(null)}
        title={t('account.token_delete_title')}
        text={t('account.token_delete_text', { name: removed?.name ?? '' })}
        deed={t('do.delete')}
        act={() => removed && remove.mutate(removed.id)}
        busy={remove.isPending}
        error={remove.error}
      />
    </Stack>
  );
}

function NewTokenModal({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useT();
  const [name, setName] = useState('');
  const create = useAct({
    run: () => read(api.POST('/api/v1/account/tokens', { body: { name: name.trim() } })),
    refresh: [tokensQuery.queryKey],
    quietError: true,
  });
  const leave = () => {
    close();
    setName('');
    create.reset();
  };
  const problem = fieldErrors(create.error, ['name'], t).byField['name'];
  const token = create.data;
  return (
    <Modal
      opened={opened}
      onClose={leave}
      title={t(token ? 'account.token_shown' : 'account.new_token')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
      closeOnClickOutside={!token}
      closeOnEscape={!token}
      size="lg"
    >
      {token ? (
        <Stack>
          <CopyLine value={token.token} />
          <Text size="sm">{t('account.token_shown_text')}</Text>
          <Group justify="flex-end">
            <Button onClick={leave}>{t('account.token_done')}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={t('account.token_name')}
              placeholder={t('account.token_name_placeholder')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={problem}
              maxLength={64}
              data-autofocus
            />
            {create.error && !problem && <ErrorState error={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                {t('do.cancel')}
              </Button>
              <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
                {t('do.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
