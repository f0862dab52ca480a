import { Alert, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { HeadersView } from '../../parts/HeadersView';
import { BodyView } from '../../parts/JsonView';
import { attemptUs } from './outcome';

const SHOWN_MAX = 6;

/** The attempts of a delivery; the newest is shown first. */
export function AttemptsView({ attempts }: { attempts: Schemas['AttemptsView'] }) {
  const t = useT();
  const newest = [...attempts.items].sort((a, b) => b.number - a.number);
  const [number, setNumber] = useState<number | null>(null);
  const attempt = newest.find((one) => one.number === number) ?? newest[0];
  if (!attempt) {
    return (
      <Stack>
        <Text size="sm" c="dimmed">
          {t('deliveries.no_attempt')}
        </Text>
        <BodyView text={attempts.request_body} contentType={attempts.content_type} title={t('deliveries.body')} />
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      {newest.length > 1 && (
        <div className="table-scroll">
          <SegmentedControl
            size="xs"
            aria-label={t('deliveries.attempts')}
            data={newest.slice(0, SHOWN_MAX).map((one) => ({
              value: String(one.number),
              label: `${t('deliveries.attempt', { number: one.number })} · ${one.status ?? t('deliveries.no_answer')}`,
            }))}
            value={String(attempt.number)}
            onChange={(value) => setNumber(Number(value))}
          />
        </div>
      )}
      <AttemptView attempt={attempt} body={attempt.request_body ?? attempts.request_body} />
    </Stack>
  );
}

export function AttemptView({ attempt, body }: { attempt: Schemas['AttemptView']; body: string }) {
  const t = useT();
  const formats = useFormats();
  const { timing } = attempt;
  const ms = (us: number) => formats.duration(us);
  return (
    <Stack gap="md">
      {attempt.failure && (
        <Alert
          color="red"
          variant="outline"
          className="problem"
          icon={<IconInfoCircle aria-hidden />}
          title={t(`deliveries.failure_${attempt.failure}`)}
        >
          {attempt.error && (
            <Text size="sm" className="said">
              {attempt.error}
            </Text>
          )}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Stack gap="sm" miw={0}>
          <Title order={2}>{t('deliveries.request')}</Title>
          <Text size="sm" className="said" dir="ltr">
            POST {attempt.url}
          </Text>
          <BodyView
            text={body}
            contentType={attempt.content_type}
            title={t('deliveries.body')}
            of={t('deliveries.request')}
          />
          <HeadersView headers={attempt.request_headers} title={t('deliveries.headers')} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Title order={2}>{t('deliveries.response')}</Title>
          <Text size="sm">
            {attempt.status ?? t('deliveries.no_answer')} · {t('deliveries.took', { span: ms(attemptUs(attempt)) })} ·{' '}
            {formats.full(attempt.started_at)}
          </Text>
          <BodyView
            text={attempt.response_body}
            contentType={contentTypeOf(attempt.response_headers)}
            title={t('deliveries.body')}
            of={t('deliveries.response')}
          />
          {attempt.response_cut && (
            <Text size="xs" c="dimmed">
              {t('deliveries.cut')}
            </Text>
          )}
          <HeadersView headers={attempt.response_headers} title={t('deliveries.headers')} />
          <Text size="xs" c="dimmed">
            {t('deliveries.timing', {
              dns: ms(timing.dns_us),
              connect: ms(timing.connect_us),
              tls: ms(timing.tls_us),
              wait: ms(timing.wait_us),
              read: ms(timing.read_us),
            })}
            {attempt.remote_ip && ` · ${attempt.remote_ip}`}
          </Text>
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

export const contentTypeOf = (headers: string[][]) =>
  String(headers.find(([name]) => String(name).toLowerCase() === 'content-type')?.[1] ?? '');
