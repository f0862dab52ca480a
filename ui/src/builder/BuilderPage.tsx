import { Center, Loader, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ReactFlowProvider } from '@xyflow/react';
import { ErrorState } from '../parts/States';
import { Builder } from './Builder';
import { openFlow } from './calls';
import { BotId, FlowId } from './context';
import { useWords } from './i18n';

/** The flow builder: draws one flow of one bot. */
export default function BuilderPage({ botId, flowId }: { botId: string; flowId: string }) {
  const words = useWords();
  const flow = useQuery({
    queryKey: ['builder', 'flow', flowId],
    queryFn: () => openFlow(flowId),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (flow.isPending) {
    return (
      <Center h="60vh" aria-label={words.page.loading}>
        <Loader />
      </Center>
    );
  }
  if (!flow.data) {
    return (
      <Stack p="md" maw={560} mx="auto">
        <ErrorState error={flow.error} retry={() => void flow.refetch()} />
      </Stack>
    );
  }
  return (
    <BotId value={botId}>
      <FlowId value={flowId}>
        <ReactFlowProvider key={flowId}>
          <Builder botId={botId} flowId={flowId} flow={flow.data} />
        </ReactFlowProvider>
      </FlowId>
    </BotId>
  );
}
