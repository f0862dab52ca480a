import { Button, Group, Progress, Slider, Stack, Switch, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useField, type FormProps } from '../fields/form';
import { AddButton, ListError, Small } from '../fields/lists';
import { IntegerField } from '../fields/numbers';
import { useWords } from '../i18n';
import { LIMITS, type RandomBranch, type RandomizerElement } from '../model/document';
import { evenPercentages, nextPartId } from '../model/make';
import { changedItem, put, withoutItem } from '../model/operations';

/** Two to six branches and their chances. */
export function RandomizerForm({ element, change }: FormProps<RandomizerElement>) {
  const words = useWords();
  const marks = useField('branches');
  const { branches } = element;
  const sum = branches.reduce((total, branch) => total + branch.percent, 0);
  const set = (next: RandomBranch[], key?: string) => change((own) => ({ ...own, branches: next }), key);
  const spread = (list: readonly RandomBranch[]) => {
    const even = evenPercentages(list.length);
    return list.map((branch, index) => ({ ...branch, percent: even[index] ?? 0 }));
  };
  return (
    <Stack gap="sm">
      {branches.map((branch, index) => (
        <Group key={branch.id} gap="sm" wrap="nowrap" align="flex-end" data-field={`branches[${index}]`}>
          <IntegerField
            path={`branches[${index}].percent`}
            label={words.filter.branch(index + 1)}
            value={branch.percent}
            min={0}
            max={100}
            suffix=" %"
            w={110}
            onChange={(percent) => set(changedItem(branches, index, { ...branch, percent }), `branches[${index}]`)}
          />
          <Slider
            flex={1}
            mb={10}
            value={branch.percent}
            label={null}
            thumbLabel={words.filter.branch(index + 1)}
            onChange={(percent) => set(changedItem(branches, index, { ...branch, percent }), `branches[${index}]`)}
          />
          <div style={{ paddingBottom: 6 }}>
            <Small
              label={words.common.remove}
              disabled={branches.length <= LIMITS.randomBranchesMin}
              onClick={() => set(withoutItem(branches, index))}
            >
              <IconTrash size={15} />
            </Small>
          </div>
        </Group>
      ))}
      <div data-field="branches" tabIndex={-1}>
        <Progress value={Math.min(sum, 100)} color={sum === 100 ? 'teal' : 'orange'} aria-hidden />
        <Text size="sm" mt={4} c={sum === 100 ? 'dimmed' : 'var(--mantine-color-error)'} role="status">
          {words.randomizer.sum(sum)}
          {sum === 100 ? '' : `, ${words.randomizer.mustBe}`}
        </Text>
      </div>
      {sum === 100 && marks.error && <ListError path="branches" />}
      <Group gap="xs">
        <AddButton
          disabled={branches.length >= LIMITS.randomBranches}
          onClick={() =>
            set(spread([...branches, { id: nextPartId(branches.map((branch) => branch.id)), percent: 0 }]))
          }
        >
          {words.randomizer.add}
        </AddButton>
        <Button variant="subtle" size="compact-sm" onClick={() => set(spread(branches))}>
          {words.randomizer.even}
        </Button>
      </Group>
      <Switch
        label={words.randomizer.once}
        description={words.randomizer.onceHint}
        checked={element.once_per_contact ?? false}
        onChange={(event) => {
          const { checked } = event.currentTarget;
          change((own) => put(own, { once_per_contact: checked || undefined }));
        }}
      />
    </Stack>
  );
}
