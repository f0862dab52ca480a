import { GLOBAL_EVENTS } from '../../api/kinds';
import { Button, Checkbox, Collapse, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import type { Bot } from './changeBot';
import { FORMATS, isMasked, type Webhook, type WebhookValues } from './webhookForm';
import { WebhookMore } from './WebhookMore';

export const WEBHOOK_FIELDS = [
  'url',
  'events',
  'format',
  'profile',
  'date_unit',
  'rate_per_s',
  'concurrency',
  'timeout_ms',
  'schedule_ms',
  'headers',
  'auth',
] as const;

export interface FieldsProps {
  bot: Bot;
  webhook: Webhook | undefined;
  values: WebhookValues;
  change: (values: WebhookValues) => void;
  errors: Record<string, string>;
}

/** The main form of a webhook; what few people need is under More. */
export function WebhookFields({ bot, webhook, values, change, errors }: FieldsProps) {
  const t = useT();
  const hasMoreError = Object.keys(errors).some((name) => !['url', 'events', 'format'].includes(name));
  const [isMore, more] = useDisclosure(hasMoreError);
  const isFlow = webhook?.kind === 'flow';
  const missesLinks = values.events.includes('link_click') && !bot.settings.link_tracking && !isFlow;
  const looksWrong = values.url !== '' && !/^https?:\/\//i.test(values.url.trim());
  return (
    <Stack gap="lg">
      <TextInput
        label={t('webhooks.url')}
        description={isMasked(webhook?.url ?? '') ? t('webhooks.url_masked') : t('webhooks.url_text')}
        placeholder="https://example.org/hooks/recado"
        value={values.url}
        onChange={(event) => change({ ...values, url: event.currentTarget.value })}
        error={errors['url'] ?? (looksWrong ? t('form.url') : null)}
        maxLength={2_048}
        inputMode="url"
        dir="ltr"
        readOnly={isFlow}
      />
      {!isFlow && (
        <Checkbox.Group
          label={t('webhooks.events')}
          description={t('webhooks.events_text')}
          value={values.events}
          onChange={(events) => change({ ...values, events: events as Schemas['EventKind'][] })}
          error={errors['events'] ?? (values.events.length === 0 ? t('webhooks.events_none') : null)}
        >
          <Stack gap={10} my="xs">
            {GLOBAL_EVENTS.map((kind) => (
              <Checkbox key={kind} value={kind} label={t(`event.${kind}`)} description={t(`event.about_${kind}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      {missesLinks && (
        <Text size="sm" c="var(--recado-wait)">
          {t('webhooks.links_off')}
        </Text>
      )}
      <Radio.Group
        label={t('webhooks.format')}
        description={t('webhooks.format_text')}
        value={values.format}
        onChange={(format) => change({ ...values, format: format as WebhookValues['format'] })}
        error={errors['format']}
      >
        <Stack gap={10} mt="xs">
          {FORMATS.filter(
            (format) => isMore || format === 'documented' || format === 'json' || format === values.format,
          ).map((format) => (
            <Radio
              key={format}
              value={format}
              label={t(`webhooks.format_${format}`)}
              description={t(`webhooks.format_${format}_text`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <div>
        <Button
          variant="subtle"
          color="gray"
          c="dimmed"
          px={6}
          leftSection={isMore ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          onClick={more.toggle}
          aria-expanded={isMore}
        >
          {t('do.more')}
        </Button>
        <Collapse expanded={isMore}>
          <WebhookMore bot={bot} webhook={webhook} values={values} change={change} errors={errors} />
        </Collapse>
      </div>
    </Stack>
  );
}
