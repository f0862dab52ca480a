import { ActionIcon, Anchor, Menu, Switch, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { api, read, type Schemas } from '../../api/client';
import { statisticsQuery, triggersQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { clockOfMinutes, tellKind } from './kinds';

interface Props {
  botId: string;
  trigger: Schemas['TriggerView'];
  flowName: string | undefined;
  edit: () => void;
}

export function TriggerRow({ botId, trigger, flowName, edit }: Props) {
  const t = useT();
  const [isRemoving, removing] = useDisclosure();
  const path = { bot_id: botId, trigger_id: trigger.id };
  const refresh = [triggersQuery(botId).queryKey, statisticsQuery(botId).queryKey];
  const change = useAct({
    run: (active: boolean) =>
      read(api.PATCH('/api/v1/bots/{bot_id}/triggers/{trigger_id}', { params: { path }, body: { active } })),
    refresh,
  });
  const remove = useAct({
    run: () => read(api.DELETE('/api/v1/bots/{bot_id}/triggers/{trigger_id}', { params: { path } })),
    refresh,
    done: t('triggers.deleted'),
    then: removing.close,
    quietError: true,
  });
  const { hours, kind } = trigger;
  return (
    <Table.Tr>
      <Table.Td className="grow">
        <Text size="sm" fw={500} className="name">
          {trigger.name}
        </Text>
        <Text size="xs" c="dimmed">
          {t(`triggers.type_${kind.type}`)}
        </Text>
        <Text size="xs" c="dimmed" className="name" hiddenFrom="xs">
          → {flowName ?? t('triggers.the_flow')}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm" miw={300} maw={420}>
        <Text size="sm" lineClamp={2} className="said">
          {tellKind(kind, t)}
        </Text>
        {hours && (
          <Text size="xs" c="dimmed">
            {t('triggers.tell_hours', { from: clockOfMinutes(hours.from_min), to: clockOfMinutes(hours.to_min) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="xs" miw={180} maw={240}>
        <Anchor
          size="sm"
          className="name"
          display="block"
          renderRoot={(props) => (
            <Link to="/bots/$botId/flows/$flowId" params={{ botId, flowId: trigger.flow_id }} {...props} />
          )}
        >
          {flowName ?? t('triggers.the_flow')}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Switch
          checked={trigger.active}
          onChange={(event) => change.mutate(event.currentTarget.checked)}
          disabled={change.isPending}
          aria-label={t('flows.switch', { name: trigger.name })}
        />
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" width={180}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`${t('do.open_menu')}: ${trigger.name}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={edit}>
              {t('do.edit')}
            </Menu.Item>
            <Menu.Item c="var(--recado-bad)" leftSection={<IconTrash size={16} aria-hidden />} onClick={removing.open}>
              {t('do.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Confirm
          opened={isRemoving}
          close={removing.close}
          title={t('triggers.delete_title')}
          text={t('triggers.delete_text', { name: trigger.name })}
          deed={t('do.delete')}
          act={() => remove.mutate()}
          busy={remove.isPending}
          error={remove.error}
        />
      </Table.Td>
    </Table.Tr>
  );
}
