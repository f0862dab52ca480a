import { Anchor, Button, Collapse, Group, Stack, Switch, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { webhookQuery, webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { useAct } from '../../parts/act';
import { Status } from '../../parts/Status';
import type { Bot } from './changeBot';
import { ResumeModal } from './ResumeModal';
import type { Webhook } from './webhookForm';
import { WebhookEditor } from './WebhookEditor';
import { WebhookHealth } from './WebhookHealth';
import { isOn, tellWebhook } from './webhookState';

/** One webhook: its switch, its health, and its form when it is opened. */
export function WebhookCard({ bot, webhook }: { bot: Bot; webhook: Webhook }) {
  const t = useT();
  const formats = useFormats();
  const [isOpen, { toggle }] = useDisclosure();
  const [isResuming, resuming] = useDisclosure();
  const pause = useAct({
    run: () => read(api.POST('/api/v1/webhooks/{webhook_id}/pause', { params: { path: { webhook_id: webhook.id } } })),
    refresh: [webhooksQuery(bot.id).queryKey, webhookQuery(webhook.id).queryKey],
  });
  const health = tellWebhook(webhook, t, formats);
  return (
    <Stack className="panel" gap={0}>
      <Group p="md" wrap="nowrap" align="flex-start">
        <Stack gap={4} flex={1} miw={0}>
          <Text fw={500} size="sm" className="said" dir="ltr">
            {webhook.url}
          </Text>
          <Group gap="md">
            <Status tone={health.tone}>{health.text}</Status>
            <Text size="sm" c="dimmed">
              {webhook.kind === 'flow'
                ? t('event.flow_webhook')
                : t.many('webhooks.event_count', webhook.events.length)}
              {' · '}
              {t(`webhooks.format_short_${webhook.format}`)}
            </Text>
            <Anchor
              size="sm"
              renderRoot={(props) => (
                <Link
                  to="/bots/$botId/deliveries"
                  params={{ botId: bot.id }}
                  search={{ webhook: webhook.id }}
                  {...props}
                />
              )}
            >
              {t('webhooks.deliveries')}
            </Anchor>
          </Group>
          {health.why && (
            <Text size="sm" c="dimmed" className="said">
              {health.why}
            </Text>
          )}
          {webhook.kept_until && (
            <Text size="sm" c="dimmed" className="said">
              {t('webhooks.kept_until', { when: formats.full(webhook.kept_until) })}
            </Text>
          )}
          {webhook.warnings?.map(({ code }) => (
            <Text key={code} size="sm" c="var(--recado-wait)" className="said">
              {t(`webhooks.warning_${code}`)}
            </Text>
          ))}
          <WebhookHealth webhookId={webhook.id} />
        </Stack>
        <Switch
          checked={isOn(webhook)}
          disabled={pause.isPending}
          onChange={(event) => (event.currentTarget.checked ? resuming.open() : pause.mutate())}
          aria-label={t('webhooks.switch')}
          mt={2}
        />
      </Group>
      <Group px="md" pb="sm">
        <Button
          variant="subtle"
          color="gray"
          c="dimmed"
          size="xs"
          px={6}
          leftSection={isOpen ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          onClick={toggle}
          aria-expanded={isOpen}
        >
          {t('webhooks.edit')}
        </Button>
      </Group>
      <Collapse expanded={isOpen}>{isOpen && <WebhookEditor bot={bot} webhook={webhook} />}</Collapse>
      {isResuming && <ResumeModal webhook={webhook} close={resuming.close} />}
    </Stack>
  );
}
