import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';

export function NewWebChat({ back, done }: { back: () => void; done: (bot: Schemas['BotView']) => void }) {
  const t = useT();
  const [name, setName] = useState('');
  const create = useAct({
    run: () => read(api.POST('/api/v1/bots', { body: { name: name.trim(), service: 'livechat' } })),
    refresh: [botsQuery.queryKey],
    then: done,
    quietError: true,
  });
  const problem = fieldErrors(create.error, ['name'], t).byField['name'];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t('bots.name')}
          description={t('bots.name_text')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problem}
          maxLength={128}
          required
          withAsterisk={false}
          data-autofocus
        />
        {create.error && !problem && <ErrorState error={create.error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={back}>
            {t('do.back')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
            {t('bots.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
