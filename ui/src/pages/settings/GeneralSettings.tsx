import { Button, Checkbox, Group, NumberInput, SimpleGrid, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { Section } from '../../parts/Section';
import { useFocusInvalid } from '../../parts/focusInvalid';
import { ErrorState } from '../../parts/States';
import { useChangeBot, type Bot } from './changeBot';

export function GeneralSettings({ bot }: { bot: Bot }) {
  return (
    <Stack gap="lg">
      <BotForm bot={bot} />
      <DeleteBot bot={bot} />
    </Stack>
  );
}

function BotForm({ bot }: { bot: Bot }) {
  const t = useT();
  const { settings } = bot;
  const form = useForm({
    mode: 'controlled',
    initialValues: {
      name: bot.name,
      active: bot.active,
      welcome_first: settings.welcome_first ?? false,
      standard_reply_opens_chat: settings.standard_reply_opens_chat ?? true,
      standard_reply_every_min: settings.standard_reply_every_min ?? 10,
      standard_reply_gather_s: settings.standard_reply_gather_s ?? 3,
      input_gather_s: settings.input_gather_s ?? 0,
      agent_pause_min: settings.agent_pause_min ?? 60,
      expired_button_text: settings.expired_button_text ?? '',
      unsubscribe_words: settings.unsubscribe_words ?? [],
    },
  });
  const save = useChangeBot(bot);
  const names = Object.keys(form.values);
  useFocusInvalid(save.error);
  const { byField, rest } = fieldErrors(save.error, names, t);
  const nestedRest = rest.replaceAll('settings.', '');
  const minutes = (name: 'standard_reply_every_min' | 'agent_pause_min') => (
    <NumberInput
      label={t(`settings.${name}`)}
      description={t(`settings.${name}_text`)}
      min={0}
      max={1_440}
      allowDecimal={false}
      suffix={` ${t('settings.min')}`}
      {...form.getInputProps(name)}
      error={byField[name]}
    />
  );
  const seconds = (name: 'standard_reply_gather_s' | 'input_gather_s') => (
    <NumberInput
      label={t(`settings.${name}`)}
      description={t(`settings.${name}_text`)}
      min={0}
      max={30}
      allowDecimal={false}
      suffix=" s"
      {...form.getInputProps(name)}
      error={byField[name]}
    />
  );
  return (
    <form
      onSubmit={form.onSubmit(({ name, active, ...changed }) =>
        save.mutate(
          { name: name.trim(), active, settings: { ...settings, ...changed } },
          { onSuccess: () => form.resetDirty() },
        ),
      )}
    >
      <Stack gap="lg">
        <Section title={t('settings.bot')}>
          <TextInput label={t('bots.name')} maxLength={128} {...form.getInputProps('name')} error={byField['name']} />
          <Switch
            label={t('settings.active')}
            description={t('settings.active_text')}
            {...form.getInputProps('active', { type: 'checkbox' })}
          />
        </Section>
        <Section title={t('settings.talk')}>
          <Checkbox
            label={t('settings.welcome_first')}
            description={t('settings.welcome_first_text')}
            {...form.getInputProps('welcome_first', { type: 'checkbox' })}
          />
          <Checkbox
            label={t('settings.standard_reply_opens_chat')}
            {...form.getInputProps('standard_reply_opens_chat', { type: 'checkbox' })}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'end' }}>
            {minutes('standard_reply_every_min')}
            {minutes('agent_pause_min')}
            {seconds('standard_reply_gather_s')}
            {seconds('input_gather_s')}
          </SimpleGrid>
          <TextInput
            label={t('settings.expired_button_text')}
            description={t('settings.expired_button_text_text')}
            {...form.getInputProps('expired_button_text')}
            error={byField['expired_button_text']}
          />
          <TagsInput
            label={t('settings.unsubscribe_words')}
            description={t('settings.unsubscribe_words_text')}
            acceptValueOnBlur
            {...form.getInputProps('unsubscribe_words')}
            error={byField['unsubscribe_words']}
          />
        </Section>
        {save.error && (nestedRest || Object.keys(byField).length === 0) && <ErrorState error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty() || !form.values.name.trim()}>
            {t('do.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function DeleteBot({ bot }: { bot: Bot }) {
  const t = useT();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isOpen, { open, close }] = useDisclosure();
  const remove = useAct({
    run: () => read(api.DELETE('/api/v1/bots/{bot_id}', { params: { path: { bot_id: bot.id } } })),
    done: t('settings.deleted'),
    // First away from its pages, so that none of them asks for what is gone.
    then: () =>
      void navigate({ to: '/' }).then(() => {
        queries.removeQueries({ queryKey: ['bots', bot.id] });
        return queries.invalidateQueries({ queryKey: botsQuery.queryKey, exact: true });
      }),
    quietError: true,
  });
  return (
    <Section title={t('settings.delete_title')} text={t('settings.delete_text')}>
      <Group>
        <Button color="red.8" variant="outline" c="var(--recado-bad)" onClick={open}>
          {t('settings.delete')}
        </Button>
      </Group>
      <Confirm
        opened={isOpen}
        close={close}
        title={t('settings.delete_title')}
        text={t('settings.delete_confirm', { name: bot.name })}
        deed={t('settings.delete')}
        act={() => remove.mutate()}
        busy={remove.isPending}
        error={remove.error}
        word={t('confirm.word')}
      />
    </Section>
  );
}
