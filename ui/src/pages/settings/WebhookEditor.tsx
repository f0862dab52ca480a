import { Button, Divider, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSend2, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botQuery, statisticsQuery, webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { useFocusInvalid } from '../../parts/focusInvalid';
import { ErrorState } from '../../parts/States';
import type { Bot } from './changeBot';
import { tellWarnings } from './tellWarnings';
import { TestModal } from './TestModal';
import { WebhookFields, WEBHOOK_FIELDS } from './WebhookFields';
import { changeOf, flaw, valuesOf, type Webhook, type WebhookChange } from './webhookForm';
import { WebhookSecret } from './WebhookSecret';

export function WebhookEditor({ bot, webhook }: { bot: Bot; webhook: Webhook }) {
  const t = useT();
  const [values, setValues] = useState(() => valuesOf(webhook));
  const [isTesting, testing] = useDisclosure();
  const [isRemoving, removing] = useDisclosure();
  const path = { webhook_id: webhook.id };
  const refresh = [webhooksQuery(bot.id).queryKey];
  const save = useAct({
    run: (body: WebhookChange) => read(api.PATCH('/api/v1/webhooks/{webhook_id}', { params: { path }, body })),
    refresh: [...refresh, botQuery(bot.id).queryKey],
    done: t('do.saved'),
    then: (saved) => {
      tellWarnings(saved, t);
      setValues(valuesOf(saved));
    },
    quietError: true,
  });
  const remove = useAct({
    run: () => read(api.DELETE('/api/v1/webhooks/{webhook_id}', { params: { path } })),
    refresh: [...refresh, statisticsQuery(bot.id).queryKey],
    done: t('webhooks.deleted'),
    then: removing.close,
    quietError: true,
  });
  useFocusInvalid(save.error);
  const { byField, rest } = fieldErrors(save.error, WEBHOOK_FIELDS, t);
  const change = changeOf(values, webhook);
  const isChanged = Object.keys(change).length > 0;
  return (
    <Stack gap="lg" p="md" pt={0}>
      <Divider />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(change);
        }}
      >
        <WebhookFields bot={bot} webhook={webhook} values={values} change={setValues} errors={byField} />
        {save.error && (rest || Object.keys(byField).length === 0) && <ErrorState error={save.error} />}
        <Group justify="space-between" mt="md">
          <Button
            variant="default"
            leftSection={<IconSend2 size={16} aria-hidden />}
            onClick={testing.open}
            disabled={isChanged}
            title={isChanged ? t('webhooks.test_after_save') : undefined}
          >
            {t('webhooks.test')}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={!isChanged || flaw(values, webhook.kind === 'flow') !== null}
          >
            {t('do.save')}
          </Button>
        </Group>
      </form>
      <Divider />
      <WebhookSecret webhook={webhook} />
      {webhook.kind === 'global' && (
        <>
          <Divider />
          <Group>
            <Button
              variant="subtle"
              color="red.8"
              c="var(--recado-bad)"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={removing.open}
            >
              {t('webhooks.delete')}
            </Button>
          </Group>
        </>
      )}
      {isTesting && (
        <TestModal
          webhook={webhook}
          close={testing.close}
          takeFormat={(format) => {
            testing.close();
            save.mutate({ format });
          }}
        />
      )}
      <Confirm
        opened={isRemoving}
        close={removing.close}
        title={t('webhooks.delete_title')}
        text={t('webhooks.delete_text', { url: webhook.url })}
        deed={t('webhooks.delete')}
        act={() => remove.mutate()}
        busy={remove.isPending}
        error={remove.error}
      />
    </Stack>
  );
}
