import { Button, Group, Modal, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconEye, IconRotateClockwise2 } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { webhookQuery, webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { useAct } from '../../parts/act';
import { CopyLine } from '../../parts/Copy';
import { ErrorState } from '../../parts/States';
import type { Webhook } from './webhookForm';

/** The keys that sign: shown when asked for, and rotated. */
export function WebhookSecret({ webhook }: { webhook: Webhook }) {
  const t = useT();
  const formats = useFormats();
  const [isShown, shown] = useDisclosure();
  const [isRotating, rotating] = useDisclosure();
  const path = { webhook_id: webhook.id };
  const queryKey = ['webhooks', webhook.id, 'secret'];
  const secret = useQuery({
    queryKey,
    queryFn: () => read(api.GET('/api/v1/webhooks/{webhook_id}/secret', { params: { path } })),
    enabled: isShown,
    gcTime: 0,
  });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Stack gap={2} flex={1} miw={220}>
          <Text size="sm" fw={500}>
            {t('webhooks.secret')}
          </Text>
          <Text size="sm" c="dimmed">
            {t('webhooks.secret_text')}
          </Text>
        </Stack>
        <Group gap="xs">
          <Button variant="default" size="xs" leftSection={<IconEye size={14} aria-hidden />} onClick={shown.toggle}>
            {t(isShown ? 'webhooks.secret_hide' : 'webhooks.secret_show')}
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconRotateClockwise2 size={14} aria-hidden />}
            onClick={rotating.open}
          >
            {t('webhooks.secret_rotate')}
          </Button>
        </Group>
      </Group>
      {isShown && secret.error && <ErrorState error={secret.error} retry={() => void secret.refetch()} />}
      {isShown &&
        secret.data?.keys.map((key) => (
          <Stack key={key.secret} gap={4}>
            <CopyLine value={key.secret} />
            <Text size="xs" c="dimmed">
              {key.kind === 'ed25519' ? t('webhooks.key_ed25519') : t('webhooks.key_hmac')}
              {key.retires_at && ` · ${t('webhooks.key_retires', { when: formats.full(key.retires_at) })}`}
            </Text>
          </Stack>
        ))}
      {isRotating && <RotateModal webhook={webhook} close={rotating.close} done={shown.open} queryKey={queryKey} />}
    </Stack>
  );
}

function RotateModal(props: { webhook: Webhook; close: () => void; done: () => void; queryKey: string[] }) {
  const { webhook, close, done, queryKey } = props;
  const t = useT();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Schemas['KeyKind']>('hmac');
  const [hours, setHours] = useState(24);
  const rotate = useAct({
    run: () =>
      read(
        api.POST('/api/v1/webhooks/{webhook_id}/secret/rotate', {
          params: { path: { webhook_id: webhook.id } },
          body: { kind, overlap_hours: hours },
        }),
      ),
    done: t('webhooks.rotated'),
    // One whose secrets could not be opened is paused now.
    refresh: [webhooksQuery(webhook.bot_id).queryKey, webhookQuery(webhook.id).queryKey],
    then: (secret) => {
      queries.setQueryData(queryKey, secret);
      done();
      close();
    },
    quietError: true,
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t('webhooks.secret_rotate')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <Stack>
        <Text size="sm">{t('webhooks.rotate_text')}</Text>
        <Select
          label={t('webhooks.key_kind')}
          data={[
            { value: 'hmac', label: t('webhooks.key_hmac') },
            { value: 'ed25519', label: t('webhooks.key_ed25519') },
          ]}
          value={kind}
          onChange={(value) => value && setKind(value as Schemas['KeyKind'])}
          allowDeselect={false}
        />
        <NumberInput
          label={t('webhooks.overlap')}
          description={t('webhooks.overlap_text')}
          min={0}
          max={720}
          allowDecimal={false}
          value={hours}
          onChange={(value) => setHours(Number(value) || 0)}
        />
        {rotate.error && <ErrorState error={rotate.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
            {t('webhooks.secret_rotate')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
