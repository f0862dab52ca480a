import { Button, Group, Modal, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';
import type { Contact } from './changeContact';

const FIELDS = [
  'name',
  'first_name',
  'last_name',
  'phone',
  'email',
  'birthday',
  'city',
  'country',
  'language',
  'time_zone',
] as const;
type Field = (typeof FIELDS)[number];

/** Changes what is known of a contact. An empty field is emptied. */
export function ProfileForm({ contact, close }: { contact: Contact; close: () => void }) {
  const t = useT();
  const before = (field: Field) => contact.profile[field] ?? '';
  const [texts, setTexts] = useState(
    () => Object.fromEntries(FIELDS.map((field) => [field, before(field)])) as Record<Field, string>,
  );
  const changed = FIELDS.filter((field) => texts[field].trim() !== before(field));
  const save = useAct({
    run: () => {
      const body: Schemas['ProfileChange'] = Object.fromEntries(
        changed.map((field) => [field, texts[field].trim() || null]),
      );
      return read(api.PATCH('/api/v1/contacts/{contact_id}', { params: { path: { contact_id: contact.id } }, body }));
    },
    refresh: [['contact', contact.id], ['contacts'], ['chats']],
    then: close,
    quietError: true,
  });
  const { byField } = fieldErrors(save.error, FIELDS, t);
  return (
    <Modal
      opened
      onClose={close}
      title={t('audience.edit_profile')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            {FIELDS.map((field) => (
              <TextInput
                key={field}
                label={t(`audience.${field}`)}
                placeholder={field in EXAMPLES ? EXAMPLES[field as keyof typeof EXAMPLES] : undefined}
                value={texts[field]}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setTexts((all) => ({ ...all, [field]: value }));
                }}
                error={byField[field]}
                maxLength={256}
                data-autofocus={field === 'name' || undefined}
              />
            ))}
          </SimpleGrid>
          {save.error && Object.keys(byField).length === 0 && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={changed.length === 0 || !texts.name.trim()}>
              {t('do.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const EXAMPLES = {
  phone: '+34600112233',
  birthday: '1990-12-31',
  country: 'ES',
  language: 'es',
  time_zone: 'Europe/Madrid',
} as const;
