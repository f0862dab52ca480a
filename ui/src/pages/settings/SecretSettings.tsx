import { ActionIcon, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '../../i18n';
import { Confirm } from '../../parts/Confirm';
import { Section } from '../../parts/Section';
import { ErrorState } from '../../parts/States';
import { useChangeBot, type Bot } from './changeBot';

/** Named secrets that API requests of flows use. They can be written and not read. */
export function SecretSettings({ bot }: { bot: Bot }) {
  const t = useT();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [removed, setRemoved] = useState<string | null>(null);
  const save = useChangeBot(bot);
  const remove = useChangeBot(bot);
  return (
    <Section title={t('settings.secrets')} text={t('settings.secrets_text')}>
      {bot.secrets.map((secret) => (
        <Group key={secret} justify="space-between" wrap="nowrap">
          <Text size="sm" ff="monospace" className="name">
            {secret}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('do.delete')}: ${secret}`}
            onClick={() => setRemoved(secret)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { secrets: { [name.trim()]: value } },
            {
              onSuccess: () => {
                setName('');
                setValue('');
              },
            },
          );
        }}
      >
        <Stack>
          <Group align="flex-end" gap="sm">
            <TextInput
              label={t('bots.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={64}
              flex={1}
              miw={140}
            />
            <PasswordInput
              label={t('settings.value')}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
              autoComplete="new-password"
              flex={2}
              miw={180}
              visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
            />
            <Button type="submit" variant="default" loading={save.isPending} disabled={!name.trim() || !value}>
              {t('do.save')}
            </Button>
          </Group>
          {save.error && <ErrorState error={save.error} />}
        </Stack>
      </form>
      <Confirm
        opened={removed !== null}
        close={() => setRemoved(null)}
        title={t('settings.secret_delete')}
        text={t('settings.secret_delete_text', { name: removed ?? '' })}
        deed={t('do.delete')}
        act={() => removed && remove.mutate({ secrets: { [removed]: null } }, { onSuccess: () => setRemoved(null) })}
        busy={remove.isPending}
        error={remove.error}
      />
    </Section>
  );
}
