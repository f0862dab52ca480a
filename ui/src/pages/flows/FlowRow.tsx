import { ActionIcon, Anchor, Box, Menu, Switch, Table } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCopy, IconDots, IconDownload, IconFolder, IconPencil, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, read, type Schemas } from '../../api/client';
import { flowsQuery, statisticsQuery, triggersQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Ago } from '../../parts/Ago';
import { Confirm } from '../../parts/Confirm';
import { download, fileName } from '../../parts/download';
import { Status } from '../../parts/Status';
import { FolderModal } from './FolderModal';
import { NameModal } from '../../parts/NameModal';
import { freeName } from './names';

type Flow = Schemas['FlowView'];

function FlowState({ flow }: { flow: Flow }) {
  const t = useT();
  if (!flow.published) return <Status tone="idle">{t('flows.never_published')}</Status>;
  if (flow.has_changes) return <Status tone="wait">{t('flows.has_changes')}</Status>;
  return <Status tone="good">{t('flows.published')}</Status>;
}

/** What can be done to a flow from the list. */
function useFlowActs(flow: Flow, closeAll: () => void) {
  const t = useT();
  const queries = useQueryClient();
  const path = { flow_id: flow.id };
  const refresh = [flowsQuery(flow.bot_id).queryKey, statisticsQuery(flow.bot_id).queryKey];
  const change = useAct({
    run: (body: Schemas['FlowChange']) => read(api.PATCH('/api/v1/flows/{flow_id}', { params: { path }, body })),
    refresh,
    then: closeAll,
  });
  const duplicate = useAct({
    run: async () => {
      const { draft } = await read(api.GET('/api/v1/flows/{flow_id}', { params: { path } }));
      const taken = (await queries.ensureQueryData(flowsQuery(flow.bot_id))).items.map(({ name: one }) => one);
      const name = freeName(flow.name, (one) => t('flows.copy_of', { name: one }), taken);
      const copy = { ...(draft as Schemas['FlowDocument']), name };
      return read(
        api.POST('/api/v1/flows', { body: { bot_id: flow.bot_id, name, draft: copy, folder: flow.folder ?? null } }),
      );
    },
    refresh,
    done: t('flows.duplicated'),
  });
  const save = useAct({
    run: () => read(api.GET('/api/v1/flows/{flow_id}/export', { params: { path } })),
    then: (exported) => download(fileName(flow.name, 'json'), JSON.stringify(exported, null, 2)),
  });
  const remove = useAct({
    run: () => read(api.DELETE('/api/v1/flows/{flow_id}', { params: { path } })),
    refresh: [...refresh, triggersQuery(flow.bot_id).queryKey],
    done: t('flows.deleted'),
    then: closeAll,
    quietError: true,
  });
  return { change, duplicate, save, remove };
}

export function FlowRow({ flow, folders }: { flow: Flow; folders: readonly string[] }) {
  const t = useT();
  const [isNaming, naming] = useDisclosure();
  const [isRemoving, removing] = useDisclosure();
  const [isMoving, moving] = useDisclosure();
  const { change, duplicate, save, remove } = useFlowActs(flow, () => {
    naming.close();
    removing.close();
    moving.close();
  });
  return (
    <Table.Tr>
      <Table.Td className="grow">
        <Anchor
          className="name"
          display="block"
          fw={500}
          size="sm"
          c="var(--mantine-color-text)"
          renderRoot={(props) => (
            <Link to="/bots/$botId/flows/$flowId" params={{ botId: flow.bot_id, flowId: flow.id }} {...props} />
          )}
        >
          {flow.name}
        </Anchor>
        <Box hiddenFrom="xs">
          <FlowState flow={flow} />
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="xs" miw={200}>
        <FlowState flow={flow} />
      </Table.Td>
      <Table.Td c="dimmed" fz="sm" visibleFrom="sm" miw={140}>
        <Ago at={flow.updated_at} />
      </Table.Td>
      <Table.Td>
        <Switch
          checked={flow.active}
          onChange={(event) => change.mutate({ active: event.currentTarget.checked })}
          disabled={change.isPending}
          aria-label={t('flows.switch', { name: flow.name })}
        />
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`${t('do.open_menu')}: ${flow.name}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={naming.open}>
              {t('do.rename')}
            </Menu.Item>
            <Menu.Item leftSection={<IconFolder size={16} aria-hidden />} onClick={moving.open}>
              {t('flows.move_to')}
            </Menu.Item>
            <Menu.Item leftSection={<IconCopy size={16} aria-hidden />} onClick={() => duplicate.mutate()}>
              {t('flows.duplicate')}
            </Menu.Item>
            <Menu.Item leftSection={<IconDownload size={16} aria-hidden />} onClick={() => save.mutate()}>
              {t('flows.export')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item c="var(--recado-bad)" leftSection={<IconTrash size={16} aria-hidden />} onClick={removing.open}>
              {t('do.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <NameModal
          opened={isNaming}
          close={naming.close}
          title={t('do.rename')}
          deed={t('do.save')}
          initial={flow.name}
          save={(name) => change.mutate({ name })}
          busy={change.isPending}
          error={null}
        />
        <FolderModal
          opened={isMoving}
          close={() => {
            change.reset();
            moving.close();
          }}
          initial={flow.folder ?? null}
          folders={folders}
          save={(folder) => change.mutate({ folder })}
          busy={change.isPending}
          error={change.error}
        />
        <Confirm
          opened={isRemoving}
          close={() => {
            remove.reset();
            removing.close();
          }}
          title={t('flows.delete_title')}
          text={t('flows.delete_text', { name: flow.name })}
          deed={t('do.delete')}
          act={() => remove.mutate()}
          busy={remove.isPending}
          error={remove.error}
        />
      </Table.Td>
    </Table.Tr>
  );
}
