import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { webhookQuery, webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';
import type { Webhook } from './webhookForm';

/** Asks where a webhook goes on: where it stood, or with what happens from now. */
export function ResumeModal({ webhook, close }: { webhook: Webhook; close: () => void }) {
  const t = useT();
  const [from, setFrom] = useState<'cursor' | 'now'>('cursor');
  const { data } = useQuery({ ...webhookQuery(webhook.id), staleTime: 0 });
  const resume = useAct({
    run: () =>
      read(
        api.POST('/api/v1/webhooks/{webhook_id}/resume', {
          params: { path: { webhook_id: webhook.id } },
          body: { from },
        }),
      ),
    refresh: [webhooksQuery(webhook.bot_id).queryKey, webhookQuery(webhook.id).queryKey],
    done: t('webhooks.resumed'),
    then: close,
    quietError: true,
  });
  const missed = data?.events_after_cursor;
  return (
    <Modal opened onClose={close} title={t('webhooks.resume')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack>
        <Text size="sm" mih={22}>
          {typeof missed === 'number' ? t.many('webhooks.missed', missed) : ''}
        </Text>
        <Radio.Group aria-label={t('webhooks.resume')} value={from} onChange={(value) => setFrom(value as typeof from)}>
          <Stack gap="sm">
            <Radio value="cursor" label={t('webhooks.from_cursor')} description={t('webhooks.from_cursor_text')} />
            <Radio value="now" label={t('webhooks.from_now')} description={t('webhooks.from_now_text')} />
          </Stack>
        </Radio.Group>
        {resume.error && <ErrorState error={resume.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button loading={resume.isPending} onClick={() => resume.mutate()}>
            {t('webhooks.switch_on')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
