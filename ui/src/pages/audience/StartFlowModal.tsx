import { Button, Checkbox, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { onceKey } from '../../api/once';
import { flowsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';
import type { Contact } from './changeContact';

export function StartFlowModal({ contact, close }: { contact: Contact; close: () => void }) {
  const t = useT();
  const flows = useQuery(flowsQuery(contact.bot_id));
  const [flowId, setFlowId] = useState<string | null>(null);
  const [force, setForce] = useState(false);
  const [key] = useState(onceKey);
  const start = useAct({
    run: () =>
      read(
        api.POST('/api/v1/flows/{flow_id}/run', {
          params: { path: { flow_id: flowId ?? '' } },
          body: { contact_id: contact.id, force },
          headers: { 'idempotency-key': `${key}-${flowId}-${force}` },
        }),
      ),
    refresh: [['contact', contact.id]],
    done: t('audience.started'),
    then: close,
    quietError: true,
  });
  const startable = flows.data?.items.filter(({ active, published }) => active && published) ?? [];
  return (
    <Modal opened onClose={close} title={t('audience.start_flow')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack>
        {flows.error && <ErrorState error={flows.error} retry={() => void flows.refetch()} />}
        {flows.data && startable.length === 0 && <Text size="sm">{t('audience.no_flow')}</Text>}
        <Select
          label={t('audience.flow')}
          placeholder={t('triggers.choose_flow')}
          data={startable.map(({ id, name }) => ({ value: id, label: name }))}
          value={flowId}
          onChange={setFlowId}
          searchable
        />
        {contact.automation_paused && (
          <Checkbox
            label={t('audience.force')}
            checked={force}
            onChange={(event) => setForce(event.currentTarget.checked)}
          />
        )}
        {start.error && <ErrorState error={start.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button disabled={!flowId} loading={start.isPending} onClick={() => start.mutate()}>
            {t('audience.start')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
