import { GLOBAL_EVENTS } from '../../api/kinds';
import { Alert, Button, Group, Modal, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconBulb, IconSend2 } from '@tabler/icons-react';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { BodyView } from '../../parts/JsonView';
import { ErrorState } from '../../parts/States';
import { Status } from '../../parts/Status';
import { AttemptView } from '../deliveries/AttemptsView';
import { type Webhook } from './webhookForm';

interface Props {
  webhook: Webhook;
  close: () => void;
  takeFormat: (format: Schemas['ContentFormat']) => void;
}

/** Sends a sample and says what came back, what a receiver would have read, and what to change. */
export function TestModal({ webhook, close, takeFormat }: Props) {
  const t = useT();
  const choices: readonly Schemas['EventKind'][] = webhook.kind === 'flow' ? ['flow_webhook'] : GLOBAL_EVENTS;
  const [event, setEvent] = useState<Schemas['EventKind'] | null>(
    webhook.kind === 'flow' ? 'flow_webhook' : (webhook.events[0] ?? 'incoming_message'),
  );
  const test = useAct({
    run: () =>
      read(
        api.POST('/api/v1/webhooks/{webhook_id}/test', {
          params: { path: { webhook_id: webhook.id } },
          body: { event },
        }),
      ),
    refresh: [['deliveries', webhook.bot_id]],
    quietError: true,
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t('webhooks.test')}
      size="min(1100px, 100vw)"
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <Stack>
        <Group align="flex-end">
          <Select
            label={t('webhooks.test_event')}
            data={choices.map((kind) => ({ value: kind, label: t(`event.${kind}`) }))}
            value={event}
            onChange={(kind) => kind && setEvent(kind as Schemas['EventKind'])}
            allowDeselect={false}
            w={{ base: '100%', xs: 300 }}
          />
          <Button
            leftSection={<IconSend2 size={16} aria-hidden />}
            loading={test.isPending}
            onClick={() => test.mutate()}
          >
            {t('webhooks.test_send')}
          </Button>
        </Group>
        {test.error && <ErrorState error={test.error} />}
        {!test.data && !test.error && (
          <Text size="sm" c="dimmed">
            {t('webhooks.test_text')}
          </Text>
        )}
        {test.data && <TestOutcome result={test.data} webhook={webhook} takeFormat={takeFormat} />}
      </Stack>
    </Modal>
  );
}

function TestOutcome({
  result,
  webhook,
  takeFormat,
}: { result: Schemas['TestResult'] } & Pick<Props, 'webhook' | 'takeFormat'>) {
  const t = useT();
  const { attempt, suggestion } = result;
  const isGood =
    attempt?.status !== undefined && attempt?.status !== null && attempt.status >= 200 && attempt.status < 300;
  return (
    <Stack gap="lg">
      <Status tone={isGood ? 'good' : 'bad'}>
        {attempt?.status
          ? t(isGood ? 'webhooks.test_good' : 'webhooks.test_bad', { status: attempt.status })
          : t('deliveries.no_answer')}
      </Status>
      {suggestion && suggestion !== webhook.format && (
        <Alert color="recado" variant="outline" icon={<IconBulb aria-hidden />} title={t('webhooks.suggestion')}>
          <Stack gap="sm" align="flex-start">
            <Text size="sm" className="said">
              {result.suggestion_reason}
            </Text>
            <Button size="xs" onClick={() => takeFormat(suggestion)}>
              {t('webhooks.take_format', { format: t(`webhooks.format_short_${suggestion}`) })}
            </Button>
          </Stack>
        </Alert>
      )}
      {attempt && <AttemptView attempt={attempt} body={attempt.request_body ?? result.body} />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Parser title={t('webhooks.form_parser')} reading={result.form_parser} />
        <Parser title={t('webhooks.json_parser')} reading={result.json_parser} />
      </SimpleGrid>
    </Stack>
  );
}

/** What one kind of parser makes of the body. */
function Parser({ title, reading }: { title: string; reading: Schemas['Reading'] }) {
  const t = useT();
  return (
    <Stack gap="xs" miw={0}>
      <Group gap="sm">
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <Status tone={reading.reads ? 'good' : 'bad'}>
          {t(reading.reads ? 'webhooks.reads' : 'webhooks.reads_not')}
        </Status>
      </Group>
      <BodyView text={JSON.stringify(reading.value)} title={t('webhooks.reads_as')} />
    </Stack>
  );
}
