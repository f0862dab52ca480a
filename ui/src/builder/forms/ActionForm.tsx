import { Checkbox, Select, Stack, Text, TextInput } from '@mantine/core';
import {
  IconBell,
  IconMessage2,
  IconMessageOff,
  IconMessageShare,
  IconTag,
  IconTagOff,
  IconUserMinus,
  IconUserPlus,
  IconVariable,
  IconVariableMinus,
  IconWebhook,
} from '@tabler/icons-react';
import { useEditorState } from '../editor';
import { useField, type FormProps } from '../fields/form';
import { AddMenu, Item, ListError } from '../fields/lists';
import { TagName, TemplateField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import {
  LIMITS,
  NOT_CHOSEN,
  type Action,
  type ActionElement,
  type ActionKind,
  type Assign,
  type ChatPause,
} from '../model/document';
import { newAction } from '../model/make';
import { changedItem, isChosen, movedItem, put, withoutItem } from '../model/operations';
import { ContactField } from './ContactField';
import { SetVariableFields } from './SetVariableFields';
import { WebhookFields } from './WebhookFields';

const ICONS: Record<ActionKind, typeof IconTag> = {
  send_webhook: IconWebhook,
  set_variable: IconVariable,
  delete_variable: IconVariableMinus,
  add_tag: IconTag,
  remove_tag: IconTagOff,
  open_chat: IconMessage2,
  close_chat: IconMessageOff,
  notify: IconBell,
  subscribe: IconUserPlus,
  unsubscribe: IconUserMinus,
  send_message: IconMessageShare,
};

const KINDS = Object.keys(ICONS) as ActionKind[];

export interface ActionProps<Of extends Action> {
  action: Of;
  path: string;
  change: (action: Of, key?: string) => void;
}

/** A member by name; by id where members can not be listed. */
function MemberSelect({
  path,
  label,
  value,
  none,
  onChange,
}: {
  path: string;
  label: string;
  value: string | null | undefined;
  none: string | null;
  onChange: (member: string | undefined) => void;
}) {
  const words = useWords();
  const marks = useField(path);
  const members = useEditorState((state) => state.known.members);
  if (members.length === 0 && none === null) {
    return (
      <TextInput
        {...marks}
        label={words.action.memberId}
        value={isChosen(value) ? value : ''}
        onChange={(event) => {
          const id = event.currentTarget.value.trim();
          if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) onChange(id);
        }}
      />
    );
  }
  const listed = members.map((member) => ({ value: member.id, label: member.name }));
  if (isChosen(value) && !members.some((member) => member.id === value)) listed.push({ value, label: value });
  return (
    <Select
      {...marks}
      label={label}
      searchable
      allowDeselect={false}
      placeholder={words.common.notChosen}
      value={isChosen(value) ? value : none === null ? null : ''}
      data={none === null ? listed : [{ value: '', label: none }, ...listed]}
      onChange={(id) => onChange(id ? id : undefined)}
    />
  );
}

function OpenChatFields({ action, path, change }: ActionProps<Extract<Action, { kind: 'open_chat' }>>) {
  const words = useWords();
  const members = useEditorState((state) => state.known.members);
  const assign = action.assign ?? { to: 'nobody' as const };
  return (
    <>
      <Select
        label={words.action.assign}
        allowDeselect={false}
        value={assign.to}
        data={(['nobody', 'member', 'least_busy'] as const).map((to) => ({
          value: to,
          label: words.action.assigns[to],
        }))}
        onChange={(to) => {
          if (to === null || to === assign.to) return;
          const first = members[0]?.id;
          const next: Assign | undefined =
            to === 'member' ? { to, member: first ?? NOT_CHOSEN } : to === 'least_busy' ? { to } : undefined;
          change(put(action, { assign: next }));
        }}
      />
      {assign.to === 'member' && (
        <MemberSelect
          path={`${path}.assign.member`}
          label={words.action.member}
          value={assign.member}
          none={null}
          onChange={(member) => member && change({ ...action, assign: { to: 'member', member } })}
        />
      )}
      <Select
        label={words.action.pause}
        allowDeselect={false}
        value={action.pause ?? 'none'}
        data={(['none', '1h', '3h', '6h', '24h', 'until_closed'] as const).map((pause) => ({
          value: pause,
          label: words.action.pauses[pause],
        }))}
        onChange={(pause) =>
          change(put(action, { pause: pause === null || pause === 'none' ? undefined : (pause as ChatPause) }))
        }
      />
      <Checkbox
        label={words.action.notify}
        checked={action.notify ?? false}
        onChange={(event) => change(put(action, { notify: event.currentTarget.checked || undefined }))}
      />
    </>
  );
}

function ActionFields({ action, path, change }: ActionProps<Action>) {
  const words = useWords();
  switch (action.kind) {
    case 'open_chat':
      return <OpenChatFields action={action} path={path} change={change} />;
    case 'add_tag':
    case 'remove_tag':
      return (
        <TagName
          path={`${path}.tag`}
          label={words.action.tag}
          value={action.tag}
          onChange={(tag) => change({ ...action, tag }, 'tag')}
        />
      );
    case 'set_variable':
      return <SetVariableFields action={action} path={path} change={change} />;
    case 'delete_variable':
      return (
        <VariableName
          path={`${path}.variable`}
          label={words.action.variable}
          value={action.variable}
          onChange={(variable) => change({ ...action, variable }, 'variable')}
        />
      );
    case 'send_webhook':
      return <WebhookFields action={action} path={path} change={change} />;
    case 'notify':
      return (
        <>
          <MemberSelect
            path={`${path}.member`}
            label={words.action.member}
            value={action.member}
            none={words.action.everybody}
            onChange={(member) => change(put(action, { member }))}
          />
          <TemplateField
            path={`${path}.text`}
            label={words.action.text}
            value={action.text}
            lines={2}
            most={1_000}
            onChange={(text) => change({ ...action, text }, 'text')}
          />
        </>
      );
    case 'send_message':
      return (
        <>
          <ContactField
            path={`${path}.contact_id`}
            value={action.contact_id}
            onChange={(contact_id) => change({ ...action, contact_id })}
          />
          <TemplateField
            path={`${path}.text`}
            label={words.action.text}
            value={action.text}
            lines={2}
            markup
            onChange={(text) => change({ ...action, text }, 'text')}
          />
        </>
      );
    case 'unsubscribe':
      return (
        <Text size="xs" c="dimmed">
          {words.action.unsubscribeHint}
        </Text>
      );
    case 'close_chat':
    case 'subscribe':
      return null;
  }
}

/** What an action does, in order. */
export function ActionForm({ element, change }: FormProps<ActionElement>) {
  const words = useWords();
  const { actions } = element;
  const set = (next: Action[], key?: string) => change((own) => ({ ...own, actions: next }), key);
  return (
    <Stack gap="sm">
      {actions.map((action, index) => {
        const Icon = ICONS[action.kind];
        return (
          <Item
            key={`${index} ${action.kind}`}
            title={
              <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
                <Icon size={16} aria-hidden />
                {words.actions[action.kind]}
              </span>
            }
            path={`actions[${index}]`}
            index={index}
            count={actions.length}
            onMove={(to) => set(movedItem(actions, index, to))}
            onRemove={() => set(withoutItem(actions, index))}
          >
            <ActionFields
              action={action}
              path={`actions[${index}]`}
              change={(next, key) => set(changedItem(actions, index, next), key && `actions[${index}].${key}`)}
            />
          </Item>
        );
      })}
      <ListError path="actions" />
      <AddMenu
        label={words.action.add}
        disabled={actions.length >= LIMITS.actions}
        kinds={KINDS.map((kind) => {
          const Icon = ICONS[kind];
          return { kind, label: words.actions[kind], icon: <Icon size={18} /> };
        })}
        onAdd={(kind) => set([...actions, newAction(kind)])}
      />
    </Stack>
  );
}
