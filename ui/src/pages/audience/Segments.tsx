import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api, read, type Schemas } from '../../api/client';
import { segmentsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { NameModal } from '../../parts/NameModal';
import { isSame } from './filter';

type Filter = Schemas['AudienceFilter'];
type Segment = Schemas['Segment'];

interface Props {
  botId: string;
  filter: Filter;
  choose: (filter: Filter) => void;
}

/** Filters that the team keeps by name: one is chosen, or what is filtered now is kept. */
export function Segments({ botId, filter, choose }: Props) {
  const t = useT();
  const { data } = useQuery(segmentsQuery(botId));
  const [isNaming, naming] = useDisclosure();
  const items = data?.items ?? [];
  const isAny = isSame(filter, {});
  const chosen = items.find((segment) => isSame(segment.filter, filter));
  const save = useAct({
    run: (name: string) =>
      read(api.POST('/api/v1/bots/{bot_id}/segments', { params: { path: { bot_id: botId } }, body: { name, filter } })),
    refresh: [segmentsQuery(botId).queryKey],
    then: naming.close,
    quietError: true,
  });
  if (items.length === 0 && isAny) return null;
  const look = (isChosen: boolean) => ({
    size: 'xs',
    radius: 'xl',
    variant: isChosen ? 'light' : 'default',
    'aria-pressed': isChosen,
    maw: 240,
  });
  return (
    <Group gap={6} mb="sm" role="group" aria-label={t('segments.title')}>
      {items.length > 0 && (
        <Button {...look(isAny)} onClick={() => choose({})}>
          {t('segments.everybody')}
        </Button>
      )}
      {items.map((segment) => (
        <Button key={segment.name} {...look(segment === chosen)} onClick={() => choose(segment.filter)}>
          {segment.name}
        </Button>
      ))}
      {chosen && <SegmentMenu key={chosen.name} botId={botId} segment={chosen} />}
      {!isAny && !chosen && (
        <Button
          size="xs"
          radius="xl"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={naming.open}
        >
          {t('segments.save')}
        </Button>
      )}
      <NameModal
        opened={isNaming}
        close={() => {
          save.reset();
          naming.close();
        }}
        title={t('segments.save')}
        text={t('segments.name_text')}
        deed={t('do.save')}
        max={64}
        save={save.mutate}
        busy={save.isPending}
        error={save.error}
      />
    </Group>
  );
}

function SegmentMenu({ botId, segment }: { botId: string; segment: Segment }) {
  const t = useT();
  const [isNaming, naming] = useDisclosure();
  const [isRemoving, removing] = useDisclosure();
  const params = { path: { bot_id: botId }, query: { name: segment.name } };
  const refresh = [segmentsQuery(botId).queryKey];
  const rename = useAct({
    run: (name: string) =>
      read(api.PUT('/api/v1/bots/{bot_id}/segments', { params, body: { name, filter: segment.filter } })),
    refresh,
    then: naming.close,
    quietError: true,
  });
  const remove = useAct({
    run: () => read(api.DELETE('/api/v1/bots/{bot_id}/segments', { params })),
    refresh,
    then: removing.close,
    quietError: true,
  });
  return (
    <>
      <Menu position="bottom-start" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('segments.actions', { name: segment.name })}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={naming.open}>
            {t('do.rename')}
          </Menu.Item>
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
        initial={segment.name}
        max={64}
        save={rename.mutate}
        busy={rename.isPending}
        error={rename.error}
      />
      <Confirm
        opened={isRemoving}
        close={removing.close}
        title={t('segments.delete_title')}
        text={t('segments.delete_text', { name: segment.name })}
        deed={t('do.delete')}
        act={() => remove.mutate()}
        busy={remove.isPending}
        error={remove.error}
      />
    </>
  );
}
