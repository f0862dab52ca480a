import { Alert, Switch } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { Section } from '../../parts/Section';
import { ErrorState } from '../../parts/States';
import { useChangeBot, type Bot } from './changeBot';

export function LinkSettings({ bot }: { bot: Bot }) {
  const t = useT();
  const { data: session } = useQuery(sessionQuery);
  const save = useChangeBot(bot);
  const isOn = save.isPending
    ? (save.variables.settings?.link_tracking ?? false)
    : (bot.settings.link_tracking ?? false);
  return (
    <Section title={t('settings.links')} text={t('settings.links_text')}>
      <Switch
        label={t('settings.link_tracking')}
        checked={isOn}
        disabled={save.isPending}
        onChange={(event) => save.mutate({ settings: { ...bot.settings, link_tracking: event.currentTarget.checked } })}
      />
      {isOn && session?.public_url === null && (
        <Alert variant="outline" color="gray" icon={<IconInfoCircle aria-hidden />}>
          {t('settings.links_no_address')}
        </Alert>
      )}
      {save.error && <ErrorState error={save.error} />}
    </Section>
  );
}
