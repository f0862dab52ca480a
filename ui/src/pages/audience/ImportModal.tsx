import { Alert, Button, Code, FileInput, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconFileTypeCsv } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { tellField, type FieldError } from '../../api/mistake';
import { ApiProblem, tellProblem } from '../../api/problem';
import { botQuery, tagsQuery, variablesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';

const PROFILE =
  'name, first_name, last_name, username, phone, email, birthday, city, country, language, photo, time_zone';

/** Contacts out of a table: what it is to look like, then what came of it. */
export function ImportModal({ botId, close }: { botId: string; close: () => void }) {
  const t = useT();
  const [file, setFile] = useState<File | null>(null);
  const take = useAct<File, Schemas['ImportView']>({
    run: (table) =>
      read(
        api.POST('/api/v1/contacts/import', {
          params: { query: { bot_id: botId } },
          body: table as never,
          bodySerializer: (body: unknown) => body as Blob,
          headers: { 'content-type': 'text/csv' },
        }),
      ),
    refresh: [['contacts', botId], tagsQuery(botId).queryKey],
    quietError: true,
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t('import.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <Stack>
        {take.data ? <Outcome done={take.data} /> : <Columns botId={botId} />}
        {!take.data && (
          <FileInput
            label={t('import.file')}
            placeholder={t('import.choose')}
            accept=".csv,text/csv,text/tab-separated-values"
            leftSection={<IconFileTypeCsv size={16} aria-hidden />}
            value={file}
            onChange={setFile}
            clearable
            clearButtonProps={{ 'aria-label': t('do.remove') }}
            disabled={take.isPending}
          />
        )}
        {take.error && <ErrorState error={take.error} />}
        {/* How far it came, which the server says of whatever stopped it. */}
        {take.error instanceof ApiProblem && !tellProblem(take.error, t).detail && (
          <Text size="sm" className="said" lang="en">
            {take.error.detail}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t(take.data ? 'do.close' : 'do.cancel')}
          </Button>
          {!take.data && (
            <Button disabled={!file} loading={take.isPending} onClick={() => file && take.mutate(file)}>
              {t('import.start')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Columns({ botId }: { botId: string }) {
  const t = useT();
  const bot = useQuery(botQuery(botId));
  const variables = useQuery(variablesQuery(botId));
  const declared = variables.data?.items.filter(({ scope }) => scope === 'contact').map(({ name }) => name) ?? [];
  const columns: [string, string][] = [
    ['identity', t(bot.data?.service === 'livechat' ? 'import.identity_livechat' : 'import.identity_telegram')],
    [PROFILE, t('import.profile')],
    ['tags', t('import.tags')],
    ['status', t('import.status')],
  ];
  if (declared.length > 0) columns.push([declared.join(', '), t('import.variables')]);
  return (
    <>
      <Text size="sm">{t('import.text')}</Text>
      <Stack gap="xs" component="dl" m={0}>
        {columns.map(([names, text]) => (
          <div key={names}>
            <Text component="dt" size="sm">
              <Code>{names}</Code>
            </Text>
            <Text component="dd" size="sm" c="dimmed" m={0}>
              {text}
            </Text>
          </div>
        ))}
      </Stack>
    </>
  );
}

function Outcome({ done }: { done: Schemas['ImportView'] }) {
  const t = useT();
  const told = done.mistakes.flatMap(({ line, errors }) =>
    errors.map((wrong) => ({ line, field: wrong.field, words: tellField(wrong as FieldError, t) })),
  );
  const more = done.refused - done.mistakes.length;
  return (
    <div role="status">
      <Stack>
        <Alert color={done.refused > 0 ? 'yellow' : 'teal'} variant="light">
          <Text size="sm">{t.many('import.created', done.created)}</Text>
          <Text size="sm">{t.many('import.updated', done.updated)}</Text>
          {done.refused > 0 && <Text size="sm">{t.many('import.refused', done.refused)}</Text>}
        </Alert>
        {told.length > 0 && (
          <div className="table-scroll">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('import.line')}</Table.Th>
                  <Table.Th>{t('import.column')}</Table.Th>
                  <Table.Th>{t('import.mistake')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {told.map(({ line, field, words }) => (
                  <Table.Tr key={`${line} ${field} ${words}`}>
                    <Table.Td>{line}</Table.Td>
                    <Table.Td className="said" miw={96}>
                      {field}
                    </Table.Td>
                    <Table.Td>{words}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        {more > 0 && (
          <Text size="sm" c="dimmed">
            {t.many('import.more', more)}
          </Text>
        )}
      </Stack>
    </div>
  );
}
