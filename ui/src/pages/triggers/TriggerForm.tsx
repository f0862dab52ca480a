import { Button, Checkbox, Group, Modal, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { statisticsQuery, triggersQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';
import { HoursFields } from './HoursFields';
import { KindFields } from './KindFields';
import { SINGLE, TRIGGER_TYPES, type TriggerKind, type TriggerType } from './kinds';

interface Props {
  botId: string;
  trigger?: Schemas['TriggerView'] | undefined;
  /** Types that the bot has already; of the system's there is one each. */
  taken: readonly TriggerType[];
  flows: readonly Schemas['FlowView'][];
  close: () => void;
}

function blank(type: TriggerType): TriggerKind {
  switch (type) {
    case 'keyword':
      return { type, keywords: [], match: 'is' };
    case 'after_subscription':
      return { type, delay_min: 60 };
    case 'inactivity':
      return { type, after_min: 1_440 };
    case 'ref':
      return { type, ref: '' };
    default:
      return { type };
  }
}

const isComplete = (kind: TriggerKind) =>
  kind.type === 'keyword' ? kind.keywords.length > 0 : kind.type === 'ref' ? /^[\w-]{1,64}$/.test(kind.ref) : true;

export function TriggerFormModal({ botId, trigger, taken, flows, close }: Props) {
  const t = useT();
  const isFree = (type: TriggerType) => type === trigger?.kind.type || !SINGLE.includes(type) || !taken.includes(type);
  const [name, setName] = useState(trigger?.name ?? '');
  const [flowId, setFlowId] = useState<string | null>(
    trigger?.flow_id ?? (flows.length === 1 ? (flows[0]?.id ?? null) : null),
  );
  const [kind, setKind] = useState<TriggerKind>(
    trigger?.kind ?? blank(isFree('subscription') ? 'subscription' : 'keyword'),
  );
  const [hours, setHours] = useState<Schemas['Hours'] | null>(trigger?.hours ?? null);
  const [interrupts, setInterrupts] = useState(trigger?.interrupts ?? false);

  const save = useAct({
    run: async () => {
      const body = {
        name: name.trim() || t(`triggers.type_${kind.type}`),
        flow_id: flowId ?? '',
        kind,
        hours,
        interrupts,
      };
      if (!trigger)
        return read(api.POST('/api/v1/bots/{bot_id}/triggers', { params: { path: { bot_id: botId } }, body }));
      const path = { bot_id: botId, trigger_id: trigger.id };
      return read(api.PATCH('/api/v1/bots/{bot_id}/triggers/{trigger_id}', { params: { path }, body }));
    },
    refresh: [triggersQuery(botId).queryKey, statisticsQuery(botId).queryKey],
    done: t('do.saved'),
    then: close,
    quietError: true,
  });
  const { byField, rest } = fieldErrors(save.error, ['name', 'flow_id', 'kind', 'hours'], t);

  return (
    <Modal
      opened
      onClose={close}
      title={t(trigger ? 'triggers.edit' : 'triggers.new')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <Select
            label={t('triggers.when')}
            data={TRIGGER_TYPES.map((type) => ({
              value: type,
              label: t(`triggers.type_${type}`),
              disabled: !isFree(type),
            }))}
            value={kind.type}
            onChange={(type) => type && setKind(blank(type as TriggerType))}
            description={t(`triggers.about_${kind.type}`)}
            allowDeselect={false}
            data-autofocus
          />
          <KindFields kind={kind} change={setKind} error={byField['kind']} />
          <Select
            label={t('triggers.starts')}
            placeholder={t('triggers.choose_flow')}
            data={flows.map((flow) => ({ value: flow.id, label: flow.name }))}
            value={flowId}
            onChange={setFlowId}
            searchable
            error={byField['flow_id']}
          />
          <TextInput
            label={t('triggers.name')}
            placeholder={t(`triggers.type_${kind.type}`)}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={128}
            error={byField['name']}
          />
          <Checkbox
            label={t('triggers.interrupts')}
            description={t('triggers.interrupts_text')}
            checked={interrupts}
            onChange={(event) => setInterrupts(event.currentTarget.checked)}
          />
          <Switch
            label={t('triggers.hours')}
            checked={hours !== null}
            onChange={(event) =>
              setHours(event.currentTarget.checked ? { from_min: 540, to_min: 1_080, weekdays: [] } : null)
            }
          />
          {hours && <HoursFields hours={hours} change={setHours} error={byField['hours']} />}
          {save.error && (rest || Object.keys(byField).length === 0) && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!flowId || !isComplete(kind)}>
              {t('do.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
