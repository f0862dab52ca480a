/** The flow builder: draws one flow of one bot. */
export default function BuilderPage({ botId, flowId }: { botId: string; flowId: string }) {
  return <main data-bot={botId} data-flow={flowId} />;
}
