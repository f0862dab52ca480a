import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Schemas } from '../../api/client';
import { systemQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { Ago } from '../../parts/Ago';
import { Page } from '../../parts/Page';
import { ErrorState, LoadingRows } from '../../parts/States';
import { Status, type Tone } from '../../parts/Status';
import { addressTone, deliveriesTone, diskTone } from './health';

/** How the installation does, and what to do where it does not do well. */
export default function SystemPage() {
  const t = useT();
  const system = useQuery(systemQuery);
  return (
    <Page title={t('system.title')} text={t('system.text')}>
      {system.error && <ErrorState error={system.error} retry={() => void system.refetch()} />}
      {system.isPending && <LoadingRows />}
      {system.data && <Cards system={system.data} at={system.dataUpdatedAt} />}
    </Page>
  );
}

function Cards({ system, at }: { system: Schemas['SystemView']; at: number }) {
  const t = useT();
  const formats = useFormats();
  const { disk } = system;
  const [address, room, pending] = [addressTone(system), diskTone(system), deliveriesTone(system, at)];
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
      <Card
        title={t('system.address')}
        figure={system.public_url ?? system.local_url}
        tone={address}
        state={t(address === 'good' ? 'system.public' : 'system.not_public')}
        text={t(
          address === 'good'
            ? 'system.public_text'
            : address === 'bad'
              ? 'system.no_https_text'
              : 'system.private_text',
        )}
      />
      <Card
        title={t('system.disk')}
        figure={disk ? t('system.free', { free: formats.bytes(disk.free_bytes) }) : '–'}
        tone={room}
        state={t(`system.disk_${room}`)}
        text={t(room === 'good' || room === 'idle' ? 'system.disk_text' : 'system.disk_advice', {
          database: formats.bytes(system.database_bytes),
          days: system.retention_days,
        })}
      />
      <Card
        title={t('system.deliveries')}
        figure={t.many('bots.pending', system.deliveries_pending)}
        tone={pending}
        state={t(pending === 'good' ? 'system.on_time' : 'system.late')}
        text={
          system.oldest_pending_at ? (
            <>
              {t('system.oldest')} <Ago at={system.oldest_pending_at} />. {pending !== 'good' && t('system.late_text')}
            </>
          ) : (
            t('system.none_pending')
          )
        }
      />
      <Card title={t('system.queue')} figure={formats.number(system.messages_queued)} text={t('system.queue_text')} />
      <Card title={t('system.timers')} figure={formats.number(system.timers)} text={t('system.timers_text')} />
      <Card
        title={t('system.version')}
        figure={`Recado ${system.version}`}
        text={
          <>
            {t('system.started')} <Ago at={system.started_at} />
          </>
        }
      />
    </SimpleGrid>
  );
}

interface CardProps {
  title: string;
  figure: string;
  tone?: Tone;
  state?: string;
  text: ReactNode;
}

function Card({ title, figure, tone, state, text }: CardProps) {
  return (
    <Stack className="panel" p="md" gap={6} component="section">
      <Text size="sm" c="dimmed" component="h2" fw={500} m={0}>
        {title}
      </Text>
      <Text size="lg" fw={600} className="said">
        {figure}
      </Text>
      {tone && <Status tone={tone}>{state}</Status>}
      <Text size="sm" c="dimmed" component="div">
        {text}
      </Text>
    </Stack>
  );
}
