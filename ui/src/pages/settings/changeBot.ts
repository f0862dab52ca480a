import { api, read, type Schemas } from '../../api/client';
import { botQuery, botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';

export type Bot = Schemas['BotView'];

/** Changes a bot. Settings go as a whole, because what is left out of them takes its default. */
export function useChangeBot(bot: Bot) {
  const t = useT();
  return useAct({
    run: (body: Schemas['BotChange']) =>
      read(api.PATCH('/api/v1/bots/{bot_id}', { params: { path: { bot_id: bot.id } }, body })),
    refresh: [botQuery(bot.id).queryKey, botsQuery.queryKey],
    done: t('do.saved'),
    quietError: true,
  });
}
