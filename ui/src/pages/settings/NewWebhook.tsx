import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botQuery, statisticsQuery, webhooksQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Section } from '../../parts/Section';
import { useFocusInvalid } from '../../parts/focusInvalid';
import { ErrorState } from '../../parts/States';
import type { Bot } from './changeBot';
import { tellWarnings } from './tellWarnings';
import { WebhookFields, WEBHOOK_FIELDS } from './WebhookFields';
import { changeOf, flaw, valuesOf } from './webhookForm';

export function NewWebhook({ bot, cancel, done }: { bot: Bot; cancel?: () => void; done: () => void }) {
  const t = useT();
  const [values, setValues] = useState(() => valuesOf(undefined));
  const create = useAct({
    run: () =>
      read(
        api.POST('/api/v1/bots/{bot_id}/webhooks', {
          params: { path: { bot_id: bot.id } },
          body: changeOf(values, undefined),
        }),
      ),
    // With *Redirect* the server switches link tracking on, which is a setting of the bot.
    refresh: [webhooksQuery(bot.id).queryKey, statisticsQuery(bot.id).queryKey, botQuery(bot.id).queryKey],
    done: t('webhooks.created'),
    then: (created) => {
      tellWarnings(created, t);
      done();
    },
    quietError: true,
  });
  useFocusInvalid(create.error);
  const { byField, rest } = fieldErrors(create.error, WEBHOOK_FIELDS, t);
  return (
    <Section title={t('webhooks.new')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <WebhookFields bot={bot} values={values} change={setValues} errors={byField} webhook={undefined} />
        {create.error && (rest || Object.keys(byField).length === 0) && <ErrorState error={create.error} />}
        <Group justify="flex-end" mt="md">
          {cancel && (
            <Button variant="default" onClick={cancel}>
              {t('do.cancel')}
            </Button>
          )}
          <Button type="submit" loading={create.isPending} disabled={flaw(values, false) !== null}>
            {t('webhooks.create')}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
