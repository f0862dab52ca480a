import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { ErrorState, LoadingRows } from '../../parts/States';
import type { Bot } from './changeBot';
import { LaptopHint } from './LaptopHint';
import { NewWebhook } from './NewWebhook';
import { WebhookCard } from './WebhookCard';

export function WebhookSettings({ bot }: { bot: Bot }) {
  const t = useT();
  const webhooks = useQuery({ ...webhooksQuery(bot.id), refetchInterval: 15_000 });
  const [isAdding, adding] = useDisclosure();
  if (webhooks.error && !webhooks.data)
    return <ErrorState error={webhooks.error} retry={() => void webhooks.refetch()} />;
  if (!webhooks.data) return <LoadingRows />;
  const global = webhooks.data.items.filter(({ kind }) => kind === 'global');
  const ofFlows = webhooks.data.items.filter(({ kind }) => kind === 'flow');
  const isFirst = global.length === 0;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} flex={1} miw={240}>
          <Title order={2}>{t('webhooks.title')}</Title>
          <Text size="sm" c="dimmed">
            {t('webhooks.text')}
          </Text>
        </Stack>
        {!isFirst && !isAdding && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={adding.open}>
            {t('webhooks.new')}
          </Button>
        )}
      </Group>
      {(isFirst || isAdding) && (
        <NewWebhook bot={bot} {...(isFirst ? {} : { cancel: adding.close })} done={adding.close} />
      )}
      {global.map((webhook) => (
        <WebhookCard key={webhook.id} bot={bot} webhook={webhook} />
      ))}
      {ofFlows.length > 0 && (
        <>
          <Stack gap={4}>
            <Title order={2}>{t('webhooks.of_flows')}</Title>
            <Text size="sm" c="dimmed">
              {t('webhooks.of_flows_text')}
            </Text>
          </Stack>
          {ofFlows.map((webhook) => (
            <WebhookCard key={webhook.id} bot={bot} webhook={webhook} />
          ))}
        </>
      )}
      <LaptopHint botId={bot.id} />
    </Stack>
  );
}
