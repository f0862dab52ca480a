import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { statisticsQuery } from '../../api/queries';
import { useT, type T } from '../../i18n';
import { ServiceMark } from '../../parts/ServiceMark';
import { Status, type Tone } from '../../parts/Status';
import { TrafficStrip } from './TrafficStrip';

type Bot = Schemas['BotView'];

export function botState(bot: Bot): {
  tone: Tone;
  key: 'bots.reconnect' | 'bots.not_connected' | 'bots.off' | 'bots.connected';
} {
  if (bot.reconnect) return { tone: 'bad', key: 'bots.reconnect' };
  if (!bot.connected) return { tone: 'wait', key: 'bots.not_connected' };
  if (!bot.active) return { tone: 'idle', key: 'bots.off' };
  return { tone: 'good', key: 'bots.connected' };
}

function webhookHealth(figures: Schemas['BotStatistics'], t: T): { tone: Tone; text: string } {
  if (figures.webhooks === 0) return { tone: 'idle', text: t('bots.no_webhooks') };
  if (figures.webhooks_failing > 0) return { tone: 'bad', text: t.many('bots.failing', figures.webhooks_failing) };
  if (figures.deliveries_pending > 0) return { tone: 'wait', text: t.many('bots.pending', figures.deliveries_pending) };
  return { tone: 'good', text: t.many('bots.healthy', figures.webhooks) };
}

export function BotCard({ bot }: { bot: Bot }) {
  const t = useT();
  const { data: figures } = useQuery(statisticsQuery(bot.id));
  const state = botState(bot);
  const health = figures && webhookHealth(figures, t);
  return (
    <Link to="/bots/$botId/flows" params={{ botId: bot.id }} className="panel panel-link">
      <Stack p="md" gap="md">
        <Group gap="sm" wrap="nowrap">
          <ServiceMark service={bot.service} size={26} />
          <Stack gap={0} miw={0}>
            <Text fw={600} className="name" component="bdi" title={bot.name.slice(0, 300)}>
              {bot.name}
            </Text>
            <Text size="xs" c="dimmed">
              {t(`service.${bot.service}`)}
            </Text>
          </Stack>
        </Group>
        <Stack gap={4}>
          <Status tone={state.tone}>{t(state.key)}</Status>
          {health ? <Status tone={health.tone}>{health.text}</Status> : <Text size="sm">&nbsp;</Text>}
        </Stack>
        {figures ? <TrafficStrip days={figures.days} /> : <div style={{ height: 60 }} />}
        <Text size="xs" c="dimmed" mih={18}>
          {figures && `${t.many('bots.flows', figures.flows)} · ${t.many('bots.triggers', figures.triggers)}`}
        </Text>
      </Stack>
    </Link>
  );
}
