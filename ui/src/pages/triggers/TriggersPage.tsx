import { Button, Table, VisuallyHidden } from '@mantine/core';
import { IconBolt, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { flowsQuery, triggersQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Page } from '../../parts/Page';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { TriggerFormModal } from './TriggerForm';
import { TriggerRow } from './TriggerRow';
import { WhatStarts } from './WhatStarts';

export default function TriggersPage() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId/triggers' });
  const triggers = useQuery(triggersQuery(botId));
  const flows = useQuery(flowsQuery(botId));
  const [edited, setEdited] = useState<Schemas['TriggerView'] | 'new' | null>(null);
  const error = triggers.error ?? flows.error;
  const items = triggers.data?.items;
  const flowNames = new Map(flows.data?.items.map((flow) => [flow.id, flow.name]));
  const add = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setEdited('new')}
      disabled={!flows.data?.items.length}
    >
      {t('triggers.new')}
    </Button>
  );
  const hasNoFlow = flows.data?.items.length === 0;
  return (
    <Page title={t('triggers.title')} text={t('triggers.text')} actions={add}>
      {error && (
        <ErrorState
          error={error}
          retry={() => {
            void triggers.refetch();
            void flows.refetch();
          }}
        />
      )}
      {!error && (
        <>
          <WhatStarts botId={botId} triggers={items ?? []} flowNames={flowNames} />
          <div className="panel">
            {!items && <LoadingRows />}
            {items?.length === 0 && (
              <EmptyState
                icon={IconBolt}
                title={t('triggers.empty')}
                text={t(hasNoFlow ? 'triggers.empty_no_flow' : 'triggers.empty_text')}
                action={hasNoFlow ? null : add}
              />
            )}
            {items && items.length > 0 && (
              <div className="table-scroll">
                <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('triggers.name')}</Table.Th>
                      <Table.Th visibleFrom="sm">{t('triggers.waits_for')}</Table.Th>
                      <Table.Th visibleFrom="xs">{t('triggers.starts')}</Table.Th>
                      <Table.Th>{t('state.on')}</Table.Th>
                      <Table.Th w={56}>
                        <VisuallyHidden>{t('do.open_menu')}</VisuallyHidden>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((trigger) => (
                      <TriggerRow
                        key={trigger.id}
                        botId={botId}
                        trigger={trigger}
                        flowName={flowNames.get(trigger.flow_id)}
                        edit={() => setEdited(trigger)}
                      />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
            )}
          </div>
        </>
      )}
      {edited && (
        <TriggerFormModal
          key={edited === 'new' ? 'new' : edited.id}
          botId={botId}
          trigger={edited === 'new' ? undefined : edited}
          taken={items?.map(({ kind }) => kind.type) ?? []}
          flows={flows.data?.items ?? []}
          close={() => setEdited(null)}
        />
      )}
    </Page>
  );
}
