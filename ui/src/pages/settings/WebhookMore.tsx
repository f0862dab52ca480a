import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useT } from '../../i18n';
import { parseSchedule, USUAL_SCHEDULE } from './schedule';
import type { WebhookValues } from './webhookForm';
import type { FieldsProps } from './WebhookFields';

const HEADERS_MAX = 10;

/** Settings that most webhooks leave as they are. */
export function WebhookMore({ webhook, values, change, errors }: FieldsProps) {
  const t = useT();
  return (
    <Stack gap="lg" pt="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'end' }}>
        <Select
          label={t('webhooks.profile')}
          description={t('webhooks.profile_text')}
          data={(['recado', 'as_documented'] as const).map((value) => ({
            value,
            label: t(`webhooks.profile_${value}`),
          }))}
          value={values.profile}
          onChange={(profile) => profile && change({ ...values, profile: profile as WebhookValues['profile'] })}
          allowDeselect={false}
          error={errors['profile']}
        />
        <Select
          label={t('webhooks.date_unit')}
          description={t('webhooks.date_unit_text')}
          data={(['milliseconds', 'seconds'] as const).map((value) => ({ value, label: t(`webhooks.${value}`) }))}
          value={values.date_unit}
          onChange={(unit) => unit && change({ ...values, date_unit: unit as WebhookValues['date_unit'] })}
          allowDeselect={false}
          error={errors['date_unit']}
        />
        <NumberInput
          label={t('webhooks.rate')}
          description={t('webhooks.rate_text')}
          placeholder={t('webhooks.no_limit')}
          min={1}
          max={10_000}
          allowDecimal={false}
          value={values.rate_per_s}
          onChange={(rate) => change({ ...values, rate_per_s: typeof rate === 'number' ? rate : '' })}
          error={errors['rate_per_s']}
        />
        <NumberInput
          label={t('webhooks.concurrency')}
          description={t('webhooks.concurrency_text')}
          min={1}
          max={256}
          allowDecimal={false}
          value={values.concurrency}
          onChange={(count) => change({ ...values, concurrency: Number(count) || 1 })}
          error={errors['concurrency']}
        />
        <NumberInput
          label={t('webhooks.timeout')}
          description={t('webhooks.timeout_text')}
          min={1}
          max={30}
          suffix=" s"
          value={values.timeout_s}
          onChange={(seconds) => change({ ...values, timeout_s: Number(seconds) || 1 })}
          error={errors['timeout_ms']}
        />
      </SimpleGrid>
      <TextInput
        label={t('webhooks.schedule')}
        description={t('webhooks.schedule_text')}
        placeholder={USUAL_SCHEDULE}
        value={values.schedule}
        onChange={(event) => change({ ...values, schedule: event.currentTarget.value })}
        error={
          errors['schedule_ms'] ??
          (values.schedule.trim() !== '' && !parseSchedule(values.schedule) ? t('webhooks.schedule_wrong') : null)
        }
        dir="ltr"
      />
      <Checkbox
        label={t('webhooks.ordered')}
        description={t('webhooks.ordered_text')}
        checked={values.ordered}
        onChange={(event) => change({ ...values, ordered: event.currentTarget.checked })}
      />
      <AuthFields webhook={webhook} values={values} change={change} error={errors['auth']} />
      <HeaderFields webhook={webhook} values={values} change={change} error={errors['headers']} />
    </Stack>
  );
}

type PartProps = Pick<FieldsProps, 'webhook' | 'values' | 'change'> & { error: string | undefined };

function AuthFields({ webhook, values, change, error }: PartProps) {
  const t = useT();
  const kinds = webhook?.auth ? (['keep', 'none', 'basic', 'bearer'] as const) : (['none', 'basic', 'bearer'] as const);
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label={t('webhooks.auth')}
        data={kinds.map((value) => ({
          value,
          label:
            value === 'keep' ? t('webhooks.auth_keep', { kind: webhook?.auth ?? '' }) : t(`webhooks.auth_${value}`),
        }))}
        value={values.auth}
        onChange={(auth) => auth && change({ ...values, auth: auth as WebhookValues['auth'], user: '', secret: '' })}
        allowDeselect={false}
        error={error}
        flex={1}
        miw={180}
      />
      {values.auth === 'basic' && (
        <TextInput
          label={t('webhooks.user')}
          value={values.user}
          onChange={(event) => change({ ...values, user: event.currentTarget.value })}
          autoComplete="off"
          flex={1}
          miw={140}
        />
      )}
      {(values.auth === 'basic' || values.auth === 'bearer') && (
        <PasswordInput
          label={t(values.auth === 'basic' ? 'welcome.password' : 'bots.token')}
          value={values.secret}
          onChange={(event) => change({ ...values, secret: event.currentTarget.value })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
          flex={1}
          miw={180}
        />
      )}
    </Group>
  );
}

function HeaderFields({ webhook, values, change, error }: PartProps) {
  const t = useT();
  const { headers } = values;
  if (headers === null) {
    return (
      <Stack gap="xs">
        <Text size="sm" fw={500}>
          {t('webhooks.headers')}
        </Text>
        <Text size="sm" c="dimmed" ff="monospace" className="said">
          {webhook?.headers.map((name) => `${name}: ••••`).join('\n')}
        </Text>
        <Group>
          <Button variant="default" size="xs" onClick={() => change({ ...values, headers: [] })}>
            {t('webhooks.headers_replace')}
          </Button>
        </Group>
      </Stack>
    );
  }
  const set = (index: number, part: Partial<(typeof headers)[number]>) =>
    change({ ...values, headers: headers.map((header, at) => (at === index ? { ...header, ...part } : header)) });
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {t('webhooks.headers')}
      </Text>
      <Text size="xs" c={error ? 'var(--mantine-color-error)' : 'dimmed'}>
        {error ?? t('webhooks.headers_text')}
      </Text>
      {headers.map((header, index) => (
        <Group key={index} gap="xs" wrap="nowrap">
          <TextInput
            aria-label={`${t('webhooks.header_name')} ${index + 1}`}
            placeholder="X-Api-Key"
            value={header.name}
            onChange={(event) => set(index, { name: event.currentTarget.value })}
            flex={1}
          />
          <TextInput
            aria-label={`${t('webhooks.header_value')} ${index + 1}`}
            value={header.value}
            onChange={(event) => set(index, { value: event.currentTarget.value })}
            flex={2}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('do.remove')}: ${header.name || index + 1}`}
            onClick={() => change({ ...values, headers: headers.filter((_, at) => at !== index) })}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      {headers.length < HEADERS_MAX && (
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change({ ...values, headers: [...headers, { name: '', value: '' }] })}
          >
            {t('webhooks.header_add')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
