import { Button, Checkbox, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { use, useState } from 'react';
import { tellInLine } from '../../api/problem';
import { useT } from '../../i18n';
import { keepSecret } from '../calls';
import { BotId } from '../context';
import { useEditor, useEditorState } from '../editor';
import { useField, type FormProps } from '../fields/form';
import { AddButton, Item, ListError, NameValueRows, ValueTypeSelect } from '../fields/lists';
import { IntegerField } from '../fields/numbers';
import { PlainField, TemplateField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import {
  DEFAULTS,
  LIMITS,
  METHODS,
  type ApiAuth,
  type ApiBody,
  type ApiRequestElement,
  type Method,
  type SavedValue,
} from '../model/document';
import { TestRequest } from './TestRequest';
import { changedItem, movedItem, put, withoutItem } from '../model/operations';

type Props = FormProps<ApiRequestElement>;

function newBody(kind: ApiBody['kind'], before: ApiBody | null | undefined): ApiBody {
  const text = before && 'text' in before ? before.text : '';
  switch (kind) {
    case 'json':
      return { kind, text: text || '{\n  \n}' };
    case 'form':
      return { kind, fields: [{ name: '', value: '' }] };
    case 'raw':
      return { kind, content_type: 'text/plain', text };
  }
}

function newAuth(kind: ApiAuth['kind'], secret: string): ApiAuth {
  switch (kind) {
    case 'bearer':
      return { kind, secret };
    case 'basic':
      return { kind, user: '', secret };
    case 'header':
      return { kind, name: 'X-Api-Key', secret };
  }
}

function BodyFields({ element, change }: Props) {
  const words = useWords();
  const body = element.body ?? null;
  const set = (next: ApiBody | undefined, key?: string) => change((own) => put(own, { body: next }), key);
  return (
    <>
      <Select
        label={words.api.body}
        allowDeselect={false}
        value={body?.kind ?? 'none'}
        data={(['none', 'json', 'form', 'raw'] as const).map((kind) => ({
          value: kind,
          label: words.api.bodies[kind],
        }))}
        onChange={(kind) => {
          if (kind === null || kind === (body?.kind ?? 'none')) return;
          set(kind === 'none' ? undefined : newBody(kind as ApiBody['kind'], body));
        }}
      />
      {body?.kind === 'raw' && (
        <PlainField
          path="body.content_type"
          label={words.api.contentType}
          value={body.content_type}
          onChange={(content_type) => set({ ...body, content_type }, 'body.content_type')}
        />
      )}
      {(body?.kind === 'json' || body?.kind === 'raw') && (
        <TemplateField
          path="body.text"
          label={words.api.text}
          value={body.text}
          onChange={(text) => set({ ...body, text }, 'body.text')}
          lines={4}
          mono
        />
      )}
      {body?.kind === 'form' && (
        <NameValueRows
          path="body.fields"
          rows={body.fields}
          add={words.api.addField}
          most={LIMITS.fields}
          onChange={(fields, key) => set({ ...body, fields }, key)}
        />
      )}
    </>
  );
}

/** The name of a secret of the bot; a new one is kept at the bot, never in the flow. */
function SecretField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const words = useWords();
  const t = useT();
  const editor = useEditor();
  const botId = use(BotId);
  const marks = useField('auth.secret');
  const secrets = useEditorState((state) => state.known.secrets);
  const [fresh, setFresh] = useState<{ name: string; value: string } | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const keep = async () => {
    if (fresh === null) return;
    try {
      await keepSecret(botId, fresh.name.trim(), fresh.value);
      const { known } = editor.get();
      editor.set({ known: { ...known, secrets: [...new Set([...known.secrets, fresh.name.trim()])] } });
      onChange(fresh.name.trim());
      setFresh(null);
    } catch (error) {
      setFailed(tellInLine(error, t));
    }
  };
  const listed = value === '' || secrets.includes(value) ? secrets : [...secrets, value];
  return (
    <>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select
          {...marks}
          flex={1}
          label={words.api.secret}
          description={words.api.secretHint}
          placeholder={words.common.notChosen}
          allowDeselect={false}
          value={value === '' ? null : value}
          data={listed}
          onChange={(name) => name !== null && onChange(name)}
        />
      </Group>
      <Button
        variant="light"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() => {
          setFailed(null);
          setFresh({ name: '', value: '' });
        }}
      >
        {words.api.addSecret}
      </Button>
      <Modal
        opened={fresh !== null}
        onClose={() => setFresh(null)}
        title={words.api.addSecret}
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={words.api.secretName}
            value={fresh?.name ?? ''}
            onChange={(event) => setFresh({ name: event.currentTarget.value, value: fresh?.value ?? '' })}
          />
          <PasswordInput
            label={words.api.secretValue}
            value={fresh?.value ?? ''}
            onChange={(event) => setFresh({ name: fresh?.name ?? '', value: event.currentTarget.value })}
            error={failed}
          />
          <Group justify="flex-end">
            <Button onClick={() => void keep()} disabled={!fresh?.name.trim() || !fresh.value}>
              {words.api.secretSave}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function AuthFields({ element, change }: Props) {
  const words = useWords();
  const secrets = useEditorState((state) => state.known.secrets);
  const auth = element.auth ?? null;
  const set = (next: ApiAuth | undefined, key?: string) => change((own) => put(own, { auth: next }), key);
  return (
    <>
      <Select
        label={words.api.auth}
        allowDeselect={false}
        value={auth?.kind ?? 'none'}
        data={(['none', 'bearer', 'basic', 'header'] as const).map((kind) => ({
          value: kind,
          label: words.api.auths[kind],
        }))}
        onChange={(kind) => {
          if (kind === null || kind === (auth?.kind ?? 'none')) return;
          set(kind === 'none' ? undefined : newAuth(kind as ApiAuth['kind'], auth?.secret ?? secrets[0] ?? ''));
        }}
      />
      {auth?.kind === 'basic' && (
        <PlainField
          path="auth.user"
          label={words.api.user}
          value={auth.user}
          onChange={(user) => set({ ...auth, user }, 'auth.user')}
        />
      )}
      {auth?.kind === 'header' && (
        <PlainField
          path="auth.name"
          label={words.api.header}
          value={auth.name}
          onChange={(name) => set({ ...auth, name }, 'auth.name')}
        />
      )}
      {auth !== null && <SecretField value={auth.secret} onChange={(secret) => set({ ...auth, secret })} />}
    </>
  );
}

function SaveFields({ element, change }: Props) {
  const words = useWords();
  const saved = element.save ?? [];
  const set = (next: SavedValue[], key?: string) =>
    change((own) => put(own, { save: next.length === 0 ? undefined : next }), key);
  return (
    <Stack gap="xs" data-field="save">
      <Text size="sm" fw={500}>
        {words.api.save}
      </Text>
      {saved.map((value, index) => (
        <Item
          key={index}
          inner
          title={value.variable || words.common.notChosen}
          path={`save[${index}]`}
          index={index}
          count={saved.length}
          onMove={(to) => set(movedItem(saved, index, to))}
          onRemove={() => set(withoutItem(saved, index))}
        >
          <PlainField
            path={`save[${index}].path`}
            label={words.api.path}
            placeholder="$.order.id"
            value={value.path}
            onChange={(path) => set(changedItem(saved, index, { ...value, path }), `save[${index}].path`)}
          />
          <VariableName
            path={`save[${index}].variable`}
            label={words.api.variable}
            value={value.variable}
            onChange={(variable) => set(changedItem(saved, index, { ...value, variable }), `save[${index}].variable`)}
          />
          <ValueTypeSelect
            label={words.common.type}
            none={words.api.keepType}
            value={value.value_type}
            onChange={(value_type) => set(changedItem(saved, index, put(value, { value_type })))}
          />
        </Item>
      ))}
      <AddButton onClick={() => set([...saved, { path: '$.', variable: '' }])} disabled={saved.length >= LIMITS.fields}>
        {words.api.addSave}
      </AddButton>
    </Stack>
  );
}

/** What is asked of another system, and what is kept of its answer. */
export function ApiRequestForm({ element, change }: Props) {
  const words = useWords();
  const method = element.method ?? 'GET';
  const unsafe = method === 'POST' || method === 'PATCH';
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <Select
          label={words.api.method}
          allowDeselect={false}
          w={110}
          value={method}
          data={[...METHODS]}
          onChange={(next) => next !== null && change((own) => ({ ...own, method: next as Method }))}
        />
        <div style={{ flex: 1, minWidth: 0 }}>
          <TemplateField
            path="url"
            label={words.api.url}
            placeholder="https://"
            value={element.url}
            onChange={(url) => change((own) => ({ ...own, url }), 'url')}
            required
          />
        </div>
      </Group>
      <Text size="sm" fw={500}>
        {words.api.headers}
      </Text>
      <NameValueRows
        path="headers"
        rows={element.headers ?? []}
        add={words.api.addHeader}
        most={LIMITS.fields}
        onChange={(headers, key) =>
          change((own) => put(own, { headers: headers.length === 0 ? undefined : headers }), key)
        }
      />
      <BodyFields element={element} change={change} />
      <AuthFields element={element} change={change} />
      <Group gap="xs" grow align="flex-start">
        <IntegerField
          path="timeout_s"
          label={words.api.timeout}
          value={element.timeout_s ?? DEFAULTS.timeoutSeconds}
          min={1}
          max={LIMITS.timeoutSeconds}
          onChange={(timeout_s) => change((own) => ({ ...own, timeout_s }), 'timeout_s')}
        />
        <IntegerField
          path="retries"
          label={words.api.retries}
          value={element.retries ?? 0}
          min={0}
          max={LIMITS.retries}
          onChange={(retries) => change((own) => ({ ...own, retries }), 'retries')}
        />
      </Group>
      {(unsafe || element.retry_unsafe) && (element.retries ?? 0) > 0 && (
        <Checkbox
          label={words.api.retryUnsafe}
          checked={element.retry_unsafe ?? false}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            change((own) => put(own, { retry_unsafe: checked || undefined }));
          }}
        />
      )}
      <SaveFields element={element} change={change} />
      <TestRequest element={element} />
      <ListError path="" />
      <Text size="xs" c="dimmed">
        {words.api.after}
      </Text>
    </Stack>
  );
}
