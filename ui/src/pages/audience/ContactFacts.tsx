import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { Section } from '../../parts/Section';
import type { Contact } from './changeContact';
import classes from './contact.module.css';
import { ProfileForm } from './ProfileForm';

const PROFILE = ['phone', 'email', 'birthday', 'city', 'country', 'language', 'time_zone'] as const;

/** What the messenger or the contact told. */
export function ContactFacts({ contact }: { contact: Contact }) {
  const t = useT();
  const formats = useFormats();
  const [isEditing, editing] = useDisclosure();
  const facts: [label: string, value: string][] = [];
  for (const name of PROFILE) {
    const value = contact.profile[name];
    if (value) facts.push([t(`audience.${name}`), value]);
  }
  facts.push([t('audience.since'), formats.full(contact.created_at)]);
  if (contact.active_at) facts.push([t('audience.active'), formats.full(contact.active_at)]);
  facts.push([t('audience.chat'), t(contact.chat.open ? 'chats.open' : 'chats.closed')]);
  if (contact.automation_paused) {
    const { until } = contact.automation_paused;
    facts.push([
      t('audience.automation'),
      until ? t('chats.paused_until', { when: formats.full(until) }) : t('chats.paused'),
    ]);
  }
  return (
    <Section title={t('audience.profile')}>
      <dl className={classes['facts']}>
        {facts.map(([label, value]) => (
          <Fragment key={label}>
            <Text component="dt" size="sm" c="dimmed">
              {label}
            </Text>
            <Text component="dd" size="sm" className="said" m={0}>
              {value}
            </Text>
          </Fragment>
        ))}
      </dl>
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPencil size={14} aria-hidden />} onClick={editing.open}>
          {t('audience.edit_profile')}
        </Button>
      </Group>
      {isEditing && <ProfileForm contact={contact} close={editing.close} />}
    </Section>
  );
}
