import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { use, useState } from 'react';
import { findContacts } from '../calls';
import { BotId } from '../context';
import { useField } from '../fields/form';
import { useWords } from '../i18n';
import { isChosen } from '../model/operations';

/** Another contact of the bot, found by name. */
export function ContactField({
  path,
  value,
  onChange,
}: {
  path: string;
  value: string;
  onChange: (id: string) => void;
}) {
  const words = useWords();
  const marks = useField(path);
  const botId = use(BotId);
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query, 250);
  const found = useQuery({
    queryKey: ['builder', 'contacts', botId, asked],
    queryFn: () => findContacts(botId, asked),
    placeholderData: keepPreviousData,
  });
  const options = (found.data ?? []).map((contact) => ({ value: contact.id, label: contact.name }));
  if (isChosen(value) && !options.some((option) => option.value === value)) options.unshift({ value, label: value });
  return (
    <Select
      {...marks}
      label={words.action.contact}
      description={words.action.contactHint}
      placeholder={words.action.findContact}
      searchable
      allowDeselect={false}
      nothingFoundMessage={words.page.nothingFound}
      filter={({ options: all }) => all}
      value={isChosen(value) ? value : null}
      data={options}
      onSearchChange={(text) => setQuery(options.some((option) => option.label === text) ? '' : text)}
      onChange={(id) => id !== null && onChange(id)}
    />
  );
}
