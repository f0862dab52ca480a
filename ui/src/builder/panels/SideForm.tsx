import {
  ActionIcon,
  Badge,
  Button,
  Divider,
  Group,
  Menu,
  Select,
  Stack,
  Text,
  TextInput,
  ThemeIcon,
  Tooltip,
} from '@mantine/core';
import { useReactFlow } from '@xyflow/react';
import { IconCopy, IconDotsVertical, IconPlayerPlay, IconTrash, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useRef } from 'react';
import { LOOKS } from '../canvas/looks';
import { placeForNew } from '../canvas/keys';
import { edgeKey, useEditor, useEditorState, type Editor } from '../editor';
import { FormElement, useField, type Change } from '../fields/form';
import { ListError } from '../fields/lists';
import { ActionForm } from '../forms/ActionForm';
import { ApiRequestForm } from '../forms/ApiRequestForm';
import { FilterForm } from '../forms/FilterForm';
import { FlowForm } from '../forms/FlowForm';
import { MessageForm } from '../forms/MessageForm';
import { PauseForm } from '../forms/PauseForm';
import { RandomizerForm } from '../forms/RandomizerForm';
import { useWords } from '../i18n';
import { ELEMENT_TYPES, outputsOf, type Element, type ElementType } from '../model/document';
import { put } from '../model/operations';
import { nearestField } from '../model/problems';
import { nameInList, outputLabel } from '../model/summary';
import { useSummaryNames } from '../names';
import classes from './panels.module.css';

/** Changes an element of one type; its form never gets one of another. */
function changeOf<Of extends Element>(editor: Editor, { id }: Of): Change<Of> {
  return (make, key) => editor.change(id, (element) => make(element as Of), key ?? null);
}

function OwnForm({ element }: { element: Element }) {
  const editor = useEditor();
  switch (element.type) {
    case 'message':
      return <MessageForm element={element} change={changeOf(editor, element)} />;
    case 'action':
      return <ActionForm element={element} change={changeOf(editor, element)} />;
    case 'flow':
      return <FlowForm element={element} change={changeOf(editor, element)} />;
    case 'pause':
      return <PauseForm element={element} change={changeOf(editor, element)} />;
    case 'filter':
      return <FilterForm element={element} change={changeOf(editor, element)} />;
    case 'randomizer':
      return <RandomizerForm element={element} change={changeOf(editor, element)} />;
    case 'api_request':
      return <ApiRequestForm element={element} change={changeOf(editor, element)} />;
  }
}

const NEW = 'new:';

/** Where one output leads: an element there is, or a new one. */
function LeadsTo({
  element,
  output,
  options,
}: {
  element: Element;
  output: string;
  options: { group: string; items: { value: string; label: string }[] }[];
}) {
  const words = useWords();
  const editor = useEditor();
  const flow = useReactFlow();
  const target = useEditorState((state) => state.targets.get(edgeKey({ from: element.id, output })) ?? null);
  const marks = useField(`output ${output}`);
  const isWarning = marks['data-severity'] === 'warning';
  return (
    <Select
      {...marks}
      error={isWarning ? undefined : marks.error}
      description={isWarning ? marks.error : undefined}
      label={outputLabel(element, output, words)}
      aria-label={`${outputLabel(element, output, words)}: ${words.form.leadsTo}`}
      placeholder={words.form.end}
      searchable
      clearable
      size="sm"
      value={target}
      data={options}
      nothingFoundMessage={words.page.nothingFound}
      onChange={(to) => {
        const from = { from: element.id, output };
        if (to === null) editor.disconnect([from]);
        else if (to.startsWith(NEW)) {
          const id = editor.add(to.slice(NEW.length) as ElementType, placeForNew(editor, flow), from);
          if (id !== null) editor.jumpTo(id);
        } else editor.connect({ ...from, to });
      }}
    />
  );
}

function Outputs({ element }: { element: Element }) {
  const words = useWords();
  const names = useSummaryNames();
  const elements = useEditorState((state) => state.document.elements);
  const outputs = outputsOf(element);
  const options = useMemo(
    () => [
      {
        group: words.form.newGroup,
        items: ELEMENT_TYPES.map((type) => ({ value: NEW + type, label: words.form.newOf(words.types[type]) })),
      },
      {
        group: words.form.existing,
        items: elements.map((other) => ({ value: other.id, label: nameInList(other, words, names) })),
      },
    ],
    [elements, words, names],
  );
  return (
    <Stack gap="xs">
      <div>
        <Text fw={600} size="sm">
          {words.form.leadsTo}
        </Text>
        {outputs.length === 0 && (
          <Text size="xs" c="dimmed">
            {words.form.noOutputs}
          </Text>
        )}
      </div>
      <ListError path="edges" />
      {outputs.map((output) => (
        <LeadsTo key={output} element={element} output={output} options={options} />
      ))}
    </Stack>
  );
}

function ElementMenu({ element }: { element: Element }) {
  const words = useWords();
  const editor = useEditor();
  const isStart = useEditorState((state) => state.document.start === element.id);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={words.common.more}>
          <IconDotsVertical size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPlayerPlay size={16} />}
          disabled={isStart}
          onClick={() =>
            editor.apply((document) => (document.start === element.id ? document : { ...document, start: element.id }))
          }
        >
          {isStart ? words.form.isStart : words.form.makeStart}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => editor.duplicate()}>
          {words.form.duplicate}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrash size={16} />}
          color="red"
          onClick={() => editor.remove(new Set([element.id]))}
        >
          {words.common.delete}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Puts the cursor into the field of a jump, or into the first one. */
function useJump(form: React.RefObject<HTMLDivElement | null>, id: string) {
  const jump = useEditorState((state) => state.jump);
  const done = useRef(0);
  useEffect(() => {
    const root = form.current;
    if (root === null || jump === null || jump.element !== id || jump.nth === done.current) return;
    done.current = jump.nth;
    const marked = [...root.querySelectorAll<HTMLElement>('[data-field]')];
    const fields = marked.map((one) => one.dataset['field'] ?? '');
    const wanted = jump.field === null || jump.field === '' ? null : nearestField(jump.field, fields);
    const target =
      wanted === null ? root.querySelector<HTMLElement>('input, textarea') : marked[fields.indexOf(wanted)];
    const focusable = target?.matches('input, textarea, button')
      ? target
      : (target?.querySelector<HTMLElement>('input, textarea') ?? target);
    focusable?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: 'center', behavior: 'auto' });
  }, [jump, id, form]);
}

/** The form of the chosen element. */
export function SideForm({ id, onClose }: { id: string; onClose: () => void }) {
  const words = useWords();
  const editor = useEditor();
  const element = useEditorState((state) => state.byId.get(id));
  const isStart = useEditorState((state) => state.document.start === id);
  const form = useRef<HTMLDivElement>(null);
  useJump(form, id);
  if (element === undefined) return null;
  const { icon: Icon, color } = LOOKS[element.type];
  return (
    <FormElement value={id}>
      <div
        ref={form}
        className={classes.form}
        role="form"
        aria-label={words.types[element.type]}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.defaultPrevented) {
            onClose();
            document.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`)?.focus();
          }
        }}
      >
        <Group gap="xs" wrap="nowrap" p="sm" pb="xs">
          <ThemeIcon variant="light" color={color} size="lg">
            <Icon size={18} aria-hidden />
          </ThemeIcon>
          <TextInput
            flex={1}
            aria-label={words.form.title}
            placeholder={words.types[element.type]}
            value={element.title ?? ''}
            onChange={(event) => {
              const title = event.currentTarget.value;
              editor.change(id, (own) => put(own, { title: title === '' ? undefined : title }), 'title');
            }}
          />
          <ElementMenu element={element} />
          <Tooltip label={words.form.close}>
            <ActionIcon variant="subtle" color="gray" aria-label={words.form.close} onClick={onClose}>
              <IconX size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <div className={classes.scroll}>
          <Stack gap="md" p="sm" pt={4}>
            <Group gap={6}>
              {isStart && (
                <Badge variant="default" tt="none">
                  {words.form.isStart}
                </Badge>
              )}
              <Text size="xs" c="dimmed" ff="monospace">
                {element.id}
              </Text>
            </Group>
            <OwnForm element={element} />
            <Divider />
            <Outputs element={element} />
          </Stack>
        </div>
      </div>
    </FormElement>
  );
}

/** What can be done with several chosen elements. */
export function SeveralForm({ ids }: { ids: ReadonlySet<string> }) {
  const words = useWords();
  const editor = useEditor();
  return (
    <Stack p="md" gap="sm">
      <Text fw={600}>{words.form.several(ids.size)}</Text>
      <Text size="sm" c="dimmed">
        {words.form.severalHint}
      </Text>
      <Group gap="xs">
        <Button variant="default" size="sm" leftSection={<IconCopy size={16} />} onClick={() => editor.duplicate()}>
          {words.form.duplicate}
        </Button>
        <Button
          variant="light"
          color="red"
          size="sm"
          leftSection={<IconTrash size={16} />}
          onClick={() => editor.remove(ids)}
        >
          {words.common.delete}
        </Button>
      </Group>
    </Stack>
  );
}
