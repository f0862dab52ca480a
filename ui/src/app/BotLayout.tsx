import { Box } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from '@tanstack/react-router';
import { botQuery } from '../api/queries';
import { LiveEvents } from '../live/LiveEvents';
import { ErrorState } from '../parts/States';

/** All pages of one bot: they share one stream of live events. */
export default function BotLayout() {
  const { botId } = useParams({ from: '/app/bots/$botId' });
  const { error, refetch } = useQuery(botQuery(botId));
  if (error) {
    return (
      <Box p="xl" maw={640} mx="auto" w="100%">
        <ErrorState error={error} retry={() => void refetch()} />
      </Box>
    );
  }
  return (
    <LiveEvents botId={botId}>
      <Outlet />
    </LiveEvents>
  );
}
