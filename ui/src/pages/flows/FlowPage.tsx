import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { LoadingPage } from '../../app/RouteStates';

const BuilderPage = lazy(() => import('../../builder/BuilderPage'));

export default function FlowPage() {
  const { botId, flowId } = useParams({ from: '/app/bots/$botId/flows/$flowId' });
  return (
    <Suspense fallback={<LoadingPage />}>
      <BuilderPage key={flowId} botId={botId} flowId={flowId} />
    </Suspense>
  );
}
