import { ActionIcon, Anchor, List, Stack, Text } from '@mantine/core';
import { IconCursorText, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { NameModal } from '../../parts/NameModal';
import { usesOf, type NameUse } from './nameUses';

/** What has a name that flows use. */
export type Named = 'bot' | 'contact' | 'tag';

const CHARS_MAX = { bot: 64, contact: 64, tag: 32 };

const rename = (bot_id: string, what: Named, name: string, to: string): Promise<unknown> => {
  const body = { name: to };
  return what === 'tag'
    ? read(api.PATCH('/api/v1/bots/{bot_id}/tags/{name}', { params: { path: { bot_id, name } }, body }))
    : read(
        api.PATCH('/api/v1/bots/{bot_id}/variables/{scope}/{name}', {
          params: { path: { bot_id, scope: what, name } },
          body,
        }),
      );
};

const remove = (bot_id: string, what: Named, name: string, force: boolean): Promise<unknown> => {
  const query = { force };
  return what === 'tag'
    ? read(api.DELETE('/api/v1/bots/{bot_id}/tags/{name}', { params: { path: { bot_id, name }, query } }))
    : read(
        api.DELETE('/api/v1/bots/{bot_id}/variables/{scope}/{name}', {
          params: { path: { bot_id, scope: what, name }, query },
        }),
      );
};

/** Renames a variable or a tag, or deletes it. What is in use is deleted once more is known of it. */
export function NameActions({ botId, what, name }: { botId: string; what: Named; name: string }) {
  const t = useT();
  const [asks, setAsks] = useState<'name' | 'delete' | null>(null);
  // Contacts, flows and segments show names too.
  const refresh = [['bots', botId], ['contacts', botId], ['contact'], ['segments', botId]];
  const close = () => {
    setAsks(null);
    renaming.reset();
    removing.reset();
  };
  const renaming = useAct({
    run: (to: string) => rename(botId, what, name, to),
    refresh,
    done: t('do.saved'),
    then: close,
    quietError: true,
  });
  const removing = useAct({
    run: (force: boolean) => remove(botId, what, name, force),
    refresh,
    done: t(`settings.deleted_${what}`),
    then: close,
    quietError: true,
  });
  const isInUse = removing.error instanceof ApiProblem && removing.error.code === 'in_use';
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${t('do.rename')}: ${name}`}
        onClick={() => setAsks('name')}
      >
        <IconCursorText size={16} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${t('do.delete')}: ${name}`}
        onClick={() => setAsks('delete')}
      >
        <IconTrash size={16} />
      </ActionIcon>
      <NameModal
        opened={asks === 'name'}
        close={close}
        title={t('settings.rename', { name })}
        text={t('settings.rename_text')}
        deed={t('do.rename')}
        initial={name}
        max={CHARS_MAX[what]}
        save={renaming.mutate}
        busy={renaming.isPending}
        error={renaming.error}
      />
      <Confirm
        opened={asks === 'delete'}
        close={close}
        title={t(`settings.delete_${what}`)}
        text={
          isInUse ? (
            <InUse botId={botId} uses={usesOf(removing.error)} name={name} />
          ) : (
            t(`settings.delete_${what}_text`, { name })
          )
        }
        deed={t(isInUse ? 'settings.delete_all_the_same' : 'do.delete')}
        act={() => removing.mutate(isInUse)}
        busy={removing.isPending}
        error={isInUse ? undefined : removing.error}
      />
    </>
  );
}

function InUse({ botId, uses, name }: { botId: string; uses: NameUse[]; name: string }) {
  const t = useT();
  return (
    <Stack gap="xs">
      <Text size="sm">{t('settings.in_use', { name })}</Text>
      <List size="sm">
        {uses.map((use) =>
          'segment' in use ? (
            <List.Item key={`segment ${use.segment}`}>{t('settings.used_by_segment', { name: use.segment })}</List.Item>
          ) : (
            <List.Item key={use.flow_id}>
              <Anchor
                renderRoot={(props) => (
                  <Link to="/bots/$botId/flows/$flowId" params={{ botId, flowId: use.flow_id }} {...props} />
                )}
              >
                {use.flow}
              </Anchor>{' '}
              ({use.elements.join(', ')})
            </List.Item>
          ),
        )}
      </List>
    </Stack>
  );
}
