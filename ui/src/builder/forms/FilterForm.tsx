import { Stack, Text } from '@mantine/core';
import type { FormProps } from '../fields/form';
import { AddButton, Item, ListError } from '../fields/lists';
import { useWords } from '../i18n';
import { LIMITS, type FilterBranch, type FilterElement } from '../model/document';
import { newCondition, nextPartId } from '../model/make';
import { changedItem, movedItem, withoutItem } from '../model/operations';
import { ConditionGroupFields } from './ConditionGroupFields';

/** Branches in order; the first that holds is taken. */
export function FilterForm({ element, change }: FormProps<FilterElement>) {
  const words = useWords();
  const { branches } = element;
  const set = (next: FilterBranch[], key?: string) => change((own) => ({ ...own, branches: next }), key);
  return (
    <Stack gap="sm">
      <Text size="xs" c="dimmed">
        {words.filter.hint}
      </Text>
      {branches.map((branch, index) => (
        <Item
          key={branch.id}
          title={words.filter.branch(index + 1)}
          path={`branches[${index}]`}
          index={index}
          count={branches.length}
          onMove={(to) => set(movedItem(branches, index, to))}
          onRemove={() => set(withoutItem(branches, index))}
        >
          <ConditionGroupFields
            group={branch.when}
            path={`branches[${index}].when`}
            change={(when, key) => set(changedItem(branches, index, { ...branch, when }), key && `${branch.id} ${key}`)}
          />
        </Item>
      ))}
      <ListError path="branches" />
      <AddButton
        disabled={branches.length >= LIMITS.filterBranches}
        onClick={() =>
          set([
            ...branches,
            {
              id: nextPartId(branches.map((branch) => branch.id)),
              when: { match: 'all', conditions: [newCondition('variable')] },
            },
          ])
        }
      >
        {words.filter.add}
      </AddButton>
    </Stack>
  );
}
