import { ActionIcon, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { repliesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState, LoadingRows } from '../../parts/States';
import { ReplyForm } from './ReplyForm';

/** All saved replies of a bot: make, change, delete. */
export function RepliesDialog({ botId, close }: { botId: string; close: () => void }) {
  const t = useT();
  const replies = useQuery(repliesQuery(botId));
  const [edited, setEdited] = useState<Schemas['Reply'] | 'new' | null>(null);
  const remove = useAct({
    run: (name: string) =>
      read(api.DELETE('/api/v1/bots/{bot_id}/replies', { params: { path: { bot_id: botId }, query: { name } } })),
    refresh: [repliesQuery(botId).queryKey],
  });
  return (
    <Modal opened onClose={close} title={t('replies.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack>
        {replies.error && <ErrorState error={replies.error} retry={() => void replies.refetch()} />}
        {replies.isPending && <LoadingRows rows={3} />}
        {replies.data?.items.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('replies.empty')}
          </Text>
        )}
        {replies.data?.items.map((reply) => (
          <Group key={reply.name} wrap="nowrap" gap="xs" align="flex-start">
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" fw={500} className="name" component="bdi" display="block">
                {reply.name}
              </Text>
              <Text size="sm" c="dimmed" lineClamp={2} className="said">
                {reply.text}
              </Text>
            </Stack>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${t('do.edit')}: ${reply.name}`}
              onClick={() => setEdited(reply)}
            >
              <IconPencil size={16} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${t('do.delete')}: ${reply.name}`}
              disabled={remove.isPending}
              onClick={() => remove.mutate(reply.name)}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setEdited('new')}
          >
            {t('replies.new')}
          </Button>
        </Group>
      </Stack>
      {edited === 'new' && <ReplyForm botId={botId} close={() => setEdited(null)} />}
      {edited !== null && edited !== 'new' && (
        <ReplyForm key={edited.name} botId={botId} reply={edited} close={() => setEdited(null)} />
      )}
    </Modal>
  );
}
