import { Select, Text } from '@mantine/core';
import { NameValueRows } from '../fields/lists';
import { TemplateField, WebhookTitle } from '../fields/texts';
import { useWords } from '../i18n';
import { LIMITS, type Action, type ContentFormat } from '../model/document';
import { put } from '../model/operations';
import type { ActionProps } from './ActionForm';

const FORMATS: readonly ContentFormat[] = ['documented', 'json', 'form', 'cloudevents'];

/** *Send webhook*: a name, a URL, and under it what few need. */
export function WebhookFields({ action, path, change }: ActionProps<Extract<Action, { kind: 'send_webhook' }>>) {
  const words = useWords();
  return (
    <>
      <WebhookTitle
        path={`${path}.name`}
        label={words.action.webhookName}
        description={words.action.webhookNameHint}
        value={action.name}
        onChange={(name) => change({ ...action, name }, 'name')}
        required
      />
      <TemplateField
        path={`${path}.url`}
        label={words.action.url}
        description={words.action.urlHint}
        placeholder="https://"
        value={action.url}
        onChange={(url) => change({ ...action, url }, 'url')}
        required
      />
      <Select
        label={words.action.format}
        description={words.action.formatHint}
        allowDeselect={false}
        value={action.format ?? ''}
        data={[
          { value: '', label: words.action.formats.default },
          ...FORMATS.map((format) => ({ value: format, label: words.action.formats[format] })),
        ]}
        onChange={(format) => change(put(action, { format: format ? (format as ContentFormat) : undefined }))}
      />
      <Text size="sm" fw={500}>
        {words.action.fields}
      </Text>
      <NameValueRows
        path={`${path}.fields`}
        rows={action.fields ?? []}
        add={words.action.addField}
        most={LIMITS.fields}
        onChange={(fields, key) => change(put(action, { fields: fields.length === 0 ? undefined : fields }), key)}
      />
    </>
  );
}
