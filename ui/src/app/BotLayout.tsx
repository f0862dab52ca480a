import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from '@tanstack/react-router';
import { isGone } from '../api/problem';
import { botQuery } from '../api/queries';
import { LiveEvents } from '../live/LiveEvents';
import { useT } from '../i18n';
import { Page } from '../parts/Page';
import { ErrorState } from '../parts/States';

/** All pages of one bot: they share one stream of live events. */
export default function BotLayout() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId' });
  const { data, error, refetch } = useQuery(botQuery(botId));
  if (error && (!data || isGone(error))) {
    return (
      <Page title={t('shell.bots')} width={640}>
        <ErrorState error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  return (
    <LiveEvents botId={botId}>
      <Outlet />
    </LiveEvents>
  );
}
