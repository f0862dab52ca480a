import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { AddButton, Item, ListError } from '../fields/lists';
import { useWords } from '../i18n';
import { isGroup, type Condition, type ConditionGroup, type ConditionNode, type InnerGroup } from '../model/document';
import { newCondition } from '../model/make';
import { changedItem, movedItem, withoutItem } from '../model/operations';
import { ConditionFields } from './ConditionFields';

function MatchSwitch({ value, onChange }: { value: 'all' | 'any'; onChange: (match: 'all' | 'any') => void }) {
  const words = useWords();
  return (
    <Group gap="xs">
      <Text size="sm">{words.conditionWords.matchLabel}</Text>
      <SegmentedControl
        size="xs"
        aria-label={words.conditionWords.matchLabel}
        value={value}
        data={[
          { value: 'all', label: words.conditionWords.all },
          { value: 'any', label: words.conditionWords.any },
        ]}
        onChange={(match) => onChange(match === 'any' ? 'any' : 'all')}
      />
    </Group>
  );
}

/** Conditions, and groups of conditions, of which all or any must hold. */
export function ConditionGroupFields({
  group,
  path,
  change,
}: {
  group: ConditionGroup;
  path: string;
  change: (group: ConditionGroup, key?: string) => void;
}) {
  const words = useWords();
  const { conditions } = group;
  const set = (next: ConditionNode[], key?: string) => change({ ...group, conditions: next }, key);
  return (
    <Stack gap="xs">
      <MatchSwitch value={group.match} onChange={(match) => change({ ...group, match })} />
      {conditions.map((node, index) => {
        const at = `${path}.conditions[${index}]`;
        return (
          <Item
            key={index}
            inner
            title={isGroup(node) ? words.conditionWords.group : words.conditions[node.on]}
            path={at}
            index={index}
            count={conditions.length}
            onMove={(to) => set(movedItem(conditions, index, to))}
            onRemove={() => set(withoutItem(conditions, index))}
          >
            {isGroup(node) ? (
              <InnerGroupFields
                group={node}
                path={at}
                change={(next, key) => set(changedItem(conditions, index, next), key)}
              />
            ) : (
              <ConditionFields
                condition={node}
                path={at}
                change={(next, key) => set(changedItem(conditions, index, next), key)}
              />
            )}
          </Item>
        );
      })}
      <ListError path={`${path}.conditions`} />
      <Group gap="xs">
        <AddButton onClick={() => set([...conditions, newCondition('variable')])}>
          {words.conditionWords.addCondition}
        </AddButton>
        <AddButton onClick={() => set([...conditions, { match: 'any', conditions: [newCondition('variable')] }])}>
          {words.conditionWords.addGroup}
        </AddButton>
      </Group>
    </Stack>
  );
}

function InnerGroupFields({
  group,
  path,
  change,
}: {
  group: InnerGroup;
  path: string;
  change: (group: InnerGroup, key?: string) => void;
}) {
  const words = useWords();
  const { conditions } = group;
  const set = (next: Condition[], key?: string) => change({ ...group, conditions: next }, key);
  return (
    <Stack gap="xs">
      <MatchSwitch value={group.match} onChange={(match) => change({ ...group, match })} />
      {conditions.map((condition, index) => (
        <Item
          key={index}
          inner
          title={words.conditions[condition.on]}
          path={`${path}.conditions[${index}]`}
          index={index}
          count={conditions.length}
          onMove={(to) => set(movedItem(conditions, index, to))}
          onRemove={() => set(withoutItem(conditions, index))}
        >
          <ConditionFields
            condition={condition}
            path={`${path}.conditions[${index}]`}
            change={(next, key) => set(changedItem(conditions, index, next), key)}
          />
        </Item>
      ))}
      <ListError path={`${path}.conditions`} />
      <AddButton onClick={() => set([...conditions, newCondition('variable')])}>
        {words.conditionWords.addCondition}
      </AddButton>
    </Stack>
  );
}
