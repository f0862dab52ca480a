import { ActionIcon, Combobox, ScrollArea, Text, Tooltip, useCombobox } from '@mantine/core';
import { IconBraces } from '@tabler/icons-react';
import { useState } from 'react';
import { useEditorState } from '../editor';
import { useWords } from '../i18n';
import { FIELDS, SYSTEM, placeholder } from '../model/names';
import { useVariables } from './names';

interface Group {
  label: string;
  names: { name: string; hint: string | null }[];
}

/** The names that a template can read, in groups, those that hold the query. */
function useGroups(query: string, extra: readonly string[]): Group[] {
  const words = useWords();
  const known = useEditorState((state) => state.known);
  const variables = useVariables();
  const wanted = query.trim().toLowerCase();
  const label = words.form.variables;
  const groups: Group[] = [
    {
      label: label.contact,
      names: [
        ...extra.map((name) => ({ name, hint: null })),
        ...[...variables].map(([name, type]) => ({ name, hint: type === null ? null : words.valueTypes[type] })),
      ].filter(({ name }) => !name.startsWith('$')),
    },
    { label: label.fields, names: FIELDS.map((name) => ({ name: `$${name}`, hint: null })) },
    {
      label: label.bot,
      names: known.botVariables.map(({ name, type }) => ({ name: `$${name}`, hint: words.valueTypes[type] })),
    },
    { label: label.system, names: SYSTEM.map((name) => ({ name: `$${name}`, hint: null })) },
  ];
  return groups
    .map((group) => ({ ...group, names: group.names.filter(({ name }) => name.toLowerCase().includes(wanted)) }))
    .filter((group) => group.names.length > 0);
}

function Choices({ query, extra }: { query: string; extra: readonly string[] }) {
  const words = useWords();
  const groups = useGroups(query, extra);
  const typed = query.trim();
  return (
    <Combobox.Options>
      <ScrollArea.Autosize mah={260} type="scroll">
        {groups.map((group) => (
          <Combobox.Group key={group.label} label={group.label}>
            {group.names.map(({ name, hint }) => (
              <Combobox.Option key={name} value={name}>
                <Text size="sm" span>
                  {name}
                </Text>
                {hint !== null && (
                  <Text size="xs" c="dimmed" span ml={6}>
                    {hint}
                  </Text>
                )}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
        {typed !== '' && <Combobox.Option value={typed}>{words.form.useName(typed)}</Combobox.Option>}
        {groups.length === 0 && typed === '' && <Combobox.Empty>{words.page.nothingFound}</Combobox.Empty>}
      </ScrollArea.Autosize>
    </Combobox.Options>
  );
}

/** A button that opens the list of variables; `onPick` gets what a template writes for the chosen one. */
export function VariablePicker({ onPick, extra = [] }: { onPick: (text: string) => void; extra?: readonly string[] }) {
  const words = useWords();
  const [query, setQuery] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setQuery('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  return (
    <Combobox
      store={combobox}
      width={280}
      position="bottom-end"
      withinPortal
      onOptionSubmit={(name) => {
        combobox.closeDropdown();
        onPick(placeholder(name));
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Tooltip label={words.form.variable}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={words.form.variable}
            aria-haspopup="listbox"
            onClick={() => combobox.toggleDropdown()}
          >
            <IconBraces size={16} />
          </ActionIcon>
        </Tooltip>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            combobox.updateSelectedOptionIndex();
          }}
          placeholder={words.form.findVariable}
          aria-label={words.form.findVariable}
        />
        {combobox.dropdownOpened && <Choices query={query} extra={extra} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}
