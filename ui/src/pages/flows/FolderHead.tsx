import { ActionIcon, Menu, Table, Text, UnstyledButton, useMatches } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight, IconDots, IconFolder, IconPencil, IconPlus } from '@tabler/icons-react';
import { api, read } from '../../api/client';
import { flowsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import classes from './flows.module.css';
import { NameModal } from '../../parts/NameModal';

interface Props {
  botId: string;
  name: string;
  /** How many flows are shown. */
  count: number;
  isOpen: boolean;
  toggle: () => void;
  newFlow: () => void;
}

/** The row above the flows of a folder: opens and closes it. */
export function FolderHead({ botId, name, count, isOpen, toggle, newFlow }: Props) {
  const t = useT();
  const [isNaming, naming] = useDisclosure();
  // As many columns as the rows of flows have here, but the last.
  const columns = useMatches({ base: 2, xs: 3, sm: 4 });
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const rename = useAct({
    run: (folder: string) =>
      read(
        api.PATCH('/api/v1/bots/{bot_id}/folders', {
          params: { path: { bot_id: botId }, query: { name } },
          body: { folder },
        }),
      ),
    refresh: [flowsQuery(botId).queryKey],
    then: naming.close,
    quietError: true,
  });
  return (
    <Table.Tr className={classes['folder'] ?? ''}>
      <Table.Th colSpan={columns} scope="rowgroup">
        <UnstyledButton className={classes['toggle'] ?? ''} onClick={toggle} aria-expanded={isOpen}>
          <Chevron size={16} aria-hidden />
          <IconFolder size={18} stroke={1.6} aria-hidden />
          <Text component="bdi" size="sm" fw={600} c="var(--mantine-color-text)" className="name">
            {name}
          </Text>
          <Text component="span" size="xs" c="dimmed">
            {t.many('bots.flows', count)}
          </Text>
        </UnstyledButton>
      </Table.Th>
      <Table.Td>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`${t('do.open_menu')}: ${name}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPlus size={16} aria-hidden />} onClick={newFlow}>
              {t('flows.new_here')}
            </Menu.Item>
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={naming.open}>
              {t('flows.rename_folder')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <NameModal
          opened={isNaming}
          close={naming.close}
          title={t('flows.rename_folder')}
          deed={t('do.save')}
          initial={name}
          field="folder"
          max={64}
          save={rename.mutate}
          busy={rename.isPending}
          error={rename.error}
        />
      </Table.Td>
    </Table.Tr>
  );
}
