import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, read, type Schemas } from '../../api/client';
import { tagsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Section } from '../../parts/Section';
import { useChangeContact, type Contact } from './changeContact';

export function ContactTags({ contact }: { contact: Contact }) {
  const t = useT();
  const { data: known } = useQuery(tagsQuery(contact.bot_id));
  const change = useChangeContact(contact, (body: Schemas['TagChanges']) =>
    read(api.PATCH('/api/v1/contacts/{contact_id}/tags', { params: { path: { contact_id: contact.id } }, body })),
  );
  return (
    <Section title={t('audience.tags')}>
      <TagsInput
        aria-label={t('audience.tags')}
        placeholder={t('audience.add_tag')}
        data={known?.items.map(({ name }) => name) ?? []}
        value={contact.tags}
        disabled={change.isPending}
        onChange={(tags) =>
          change.mutate({
            add: tags.filter((tag) => !contact.tags.includes(tag)),
            remove: contact.tags.filter((tag) => !tags.includes(tag)),
          })
        }
      />
    </Section>
  );
}
