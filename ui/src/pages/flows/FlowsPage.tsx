import { Button, FileButton, Table, Text, TextInput, VisuallyHidden } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { IconArrowsSplit2, IconPlus, IconSearch, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Fragment, useRef, useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { flowsQuery, statisticsQuery, variablesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Page } from '../../parts/Page';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import type { Template } from '../../templates';
import { FlowRow } from './FlowRow';
import { FolderHead } from './FolderHead';
import { found, foldersOf } from './folders';
import { freeName } from './names';
import { makeFlow } from './newFlow';
import { NewFlowModal } from './NewFlowModal';

const IMPORT_BYTES_MAX = 1_048_576;
/** Fewer are seen at a glance. */
const SEARCHED_FROM = 9;

export default function FlowsPage() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId/flows' });
  const navigate = useNavigate();
  const flows = useQuery(flowsQuery(botId));
  const [isNaming, naming] = useDisclosure();
  const [folder, setFolder] = useState<string | null>(null);
  const [words, setWords] = useState('');
  const [kept, setClosed] = useLocalStorage<string[]>({
    key: `recado.closed-folders.${botId}`,
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  // Somebody may have written something else there.
  const closed = Array.isArray(kept) ? kept : [];
  const toggle = (name: string) =>
    setClosed(closed.includes(name) ? closed.filter((one) => one !== name) : [...closed, name]);
  const newFlow = (inside: string | null) => {
    setFolder(inside);
    naming.open();
  };
  const refresh = [flowsQuery(botId).queryKey, statisticsQuery(botId).queryKey];
  const open = (flow: Schemas['FlowAndDraft']) =>
    void navigate({ to: '/bots/$botId/flows/$flowId', params: { botId, flowId: flow.id } });
  const create = useAct({
    run: ({ name, template }: { name: string; template: Template | null }) => makeFlow(botId, name, template, folder),
    refresh: [...refresh, variablesQuery(botId).queryKey, ['builder', 'known', botId]],
    then: open,
    quietError: true,
  });
  const bring = useAct({
    run: async (file: File) => {
      if (file.size > IMPORT_BYTES_MAX) throw new ApiProblem({ status: 413, code: 'body_too_long', detail: file.name });
      let flow: Schemas['ExportedFlow'] | null = null;
      try {
        flow = JSON.parse(await file.text()) as Schemas['ExportedFlow'] | null;
      } catch {
        // Told below.
      }
      if (typeof flow?.name !== 'string' || typeof flow.document !== 'object' || flow.document === null) {
        throw new ApiProblem({ status: 422, code: 'not_a_flow', detail: t('flows.not_json', { file: file.name }) });
      }
      const taken = (flows.data?.items ?? []).map(({ name }) => name);
      const name = freeName(flow.name, (one) => t('flows.copy_of', { name: one }), taken);
      return read(api.POST('/api/v1/flows/import', { body: { bot_id: botId, flow: { ...flow, name } } }));
    },
    refresh,
    done: t('flows.imported'),
  });

  const forget = useRef<() => void>(null);
  const importButton = (
    <FileButton
      accept="application/json,.json"
      resetRef={forget}
      onChange={(file) => {
        if (file) bring.mutate(file);
        // The same file, mended, can be chosen again.
        forget.current?.();
      }}
    >
      {(props) => (
        <Button
          {...props}
          variant="default"
          loading={bring.isPending}
          leftSection={<IconUpload size={16} aria-hidden />}
        >
          {t('flows.import')}
        </Button>
      )}
    </FileButton>
  );
  const createButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => newFlow(null)}>
      {t('flows.new')}
    </Button>
  );
  const all = flows.data?.items ?? [];
  const isEmpty = flows.data !== undefined && all.length === 0;
  const shown = found(all, words);
  const folders = foldersOf(all, t.language).flatMap(({ name }) => name ?? []);
  // What is looked for is not to be missed in a closed folder.
  const isOpen = (name: string | null) => name === null || words.trim() !== '' || !closed.includes(name);
  return (
    <Page
      title={t('flows.title')}
      text={t('flows.text')}
      actions={
        <>
          {importButton}
          {createButton}
        </>
      }
    >
      {flows.error && <ErrorState error={flows.error} retry={() => void flows.refetch()} />}
      {!flows.error && all.length >= SEARCHED_FROM && (
        <TextInput
          aria-label={t('flows.search')}
          placeholder={t('flows.search')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          mb="md"
          maw={{ xs: 320 }}
        />
      )}
      {!flows.error && (
        <div className="panel">
          {flows.isPending && <LoadingRows />}
          {isEmpty && (
            <EmptyState
              icon={IconArrowsSplit2}
              title={t('flows.empty')}
              text={t('flows.empty_text')}
              action={createButton}
            />
          )}
          {!isEmpty && flows.data && (
            <div className="table-scroll">
              <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('flows.name')}</Table.Th>
                    <Table.Th visibleFrom="xs">{t('flows.state')}</Table.Th>
                    <Table.Th visibleFrom="sm">{t('flows.updated')}</Table.Th>
                    <Table.Th>{t('state.on')}</Table.Th>
                    <Table.Th w={56}>
                      <VisuallyHidden>{t('do.open_menu')}</VisuallyHidden>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {foldersOf(shown, t.language).map(({ name, flows: inside }) => (
                    <Fragment key={name ?? ''}>
                      {name !== null && (
                        <FolderHead
                          botId={botId}
                          name={name}
                          count={inside.length}
                          isOpen={isOpen(name)}
                          toggle={() => toggle(name)}
                          newFlow={() => newFlow(name)}
                        />
                      )}
                      {isOpen(name) && inside.map((flow) => <FlowRow key={flow.id} flow={flow} folders={folders} />)}
                    </Fragment>
                  ))}
                </Table.Tbody>
              </Table>
              {shown.length === 0 && (
                <Text p="md" size="sm" c="dimmed" role="status">
                  {t('flows.none_found')}
                </Text>
              )}
            </div>
          )}
        </div>
      )}
      <NewFlowModal
        opened={isNaming}
        close={naming.close}
        taken={all.map(({ name }) => name)}
        save={create.mutate}
        busy={create.isPending}
        error={create.error}
      />
    </Page>
  );
}
