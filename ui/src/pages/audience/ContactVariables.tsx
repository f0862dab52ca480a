import { VALUE_TYPES, type ValueType } from '../../api/kinds';
import { ActionIcon, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { variablesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Section } from '../../parts/Section';
import { ErrorState } from '../../parts/States';
import { ValueInput } from '../../parts/ValueInput';
import { parseValue, typeOfValue, valueText } from '../../parts/values';
import { useChangeContact, type Contact } from './changeContact';

function useChangeVariables(contact: Contact) {
  return useChangeContact(contact, (variables: Record<string, unknown>) =>
    read(
      api.PATCH('/api/v1/contacts/{contact_id}/variables', {
        params: { path: { contact_id: contact.id } },
        body: { variables },
      }),
    ),
  );
}

export function ContactVariables({ contact }: { contact: Contact }) {
  const t = useT();
  const [edited, setEdited] = useState<string | null>(null);
  const remove = useChangeVariables(contact);
  const entries = Object.entries(contact.variables as Record<string, unknown>);
  return (
    <Section title={t('audience.variables')}>
      {entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('audience.no_variables')}
        </Text>
      )}
      <Stack gap={6}>
        {entries.map(([name, value]) => (
          <Group key={name} wrap="nowrap" gap="xs" align="flex-start">
            <Stack gap={0} flex={1} miw={0}>
              <Text size="xs" c="dimmed" ff="monospace" className="said">
                {name}
              </Text>
              <Text size="sm" className="said" lineClamp={6}>
                {valueText(value)}
              </Text>
            </Stack>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${t('do.edit')}: ${name}`}
              onClick={() => setEdited(name)}
            >
              <IconPencil size={16} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${t('do.delete')}: ${name}`}
              onClick={() => remove.mutate({ [name]: null })}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
      </Stack>
      <Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setEdited('')}
        >
          {t('audience.add_variable')}
        </Button>
      </Group>
      {edited !== null && <VariableForm key={edited} contact={contact} name={edited} close={() => setEdited(null)} />}
    </Section>
  );
}

function VariableForm({ contact, name: known, close }: { contact: Contact; name: string; close: () => void }) {
  const t = useT();
  const { data: declared } = useQuery(variablesQuery(contact.bot_id));
  const value = (contact.variables as Record<string, unknown>)[known];
  const typeOf = (name: string) => declared?.items.find((one) => one.scope === 'contact' && one.name === name)?.type;
  const [name, setName] = useState(known);
  const [chosen, setChosen] = useState<ValueType>(typeOfValue(value));
  const [text, setText] = useState(known ? valueText(value) : '');
  const fixed = typeOf(name.trim());
  const type = fixed ?? chosen;
  const parsed = parseValue(type, text);
  const save = useChangeVariables(contact);
  return (
    <Modal
      opened
      onClose={close}
      title={known || t('audience.add_variable')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ [name.trim()]: parsed?.value }, { onSuccess: close });
        }}
      >
        <Stack>
          {!known && (
            <TextInput
              label={t('bots.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
          )}
          <Select
            label={t('settings.type')}
            data={VALUE_TYPES.map((one) => ({ value: one, label: t(`values.${one}`) }))}
            value={type}
            onChange={(one) => one && setChosen(one as ValueType)}
            disabled={fixed !== undefined}
            allowDeselect={false}
          />
          <ValueInput type={type} text={text} change={setText} label={t('settings.value')} />
          {save.error && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim() || !parsed}>
              {t('do.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
