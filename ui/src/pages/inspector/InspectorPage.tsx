import { Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconZoomCode, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { inspectorQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Ago } from '../../parts/Ago';
import { Confirm } from '../../parts/Confirm';
import { CopyLine } from '../../parts/Copy';
import { HeadersView } from '../../parts/HeadersView';
import { BodyView } from '../../parts/JsonView';
import { Page } from '../../parts/Page';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { contentTypeOf } from '../deliveries/AttemptsView';
import classes from './inspector.module.css';

const POLL_MS = 3_000;
const SHOWN_AT_FIRST = 100;

export default function InspectorPage() {
  const t = useT();
  const inspector = useQuery({ ...inspectorQuery, refetchInterval: POLL_MS, structuralSharing: true });
  const [number, setNumber] = useState<number | null>(null);
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const [isClearing, clearing] = useDisclosure();
  const clear = useAct({
    run: () => read(api.DELETE('/api/v1/inspector')),
    refresh: [inspectorQuery.queryKey],
    done: t('inspector.cleared'),
    then: clearing.close,
    quietError: true,
  });
  const items = inspector.data?.items ?? [];
  const chosen = items.find((request) => request.number === number) ?? items[0];
  const isMissing = inspector.error instanceof ApiProblem && inspector.error.status === 404;
  if (isMissing) {
    return (
      <Page title={t('inspector.title')}>
        <div className="panel">
          <EmptyState icon={IconZoomCode} title={t('inspector.missing')} text={t('inspector.missing_text')} />
        </div>
      </Page>
    );
  }
  return (
    <Page
      title={t('inspector.title')}
      text={t('inspector.text')}
      actions={
        items.length > 0 && (
          <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={clearing.open}>
            {t('inspector.clear')}
          </Button>
        )
      }
    >
      {inspector.error && !inspector.data && (
        <ErrorState error={inspector.error} retry={() => void inspector.refetch()} />
      )}
      {inspector.isPending && <LoadingRows />}
      {inspector.data && (
        <Stack>
          <CopyLine value={inspector.data.url} />
          {items.length === 0 ? (
            <div className="panel">
              <EmptyState icon={IconZoomCode} title={t('inspector.empty')} text={t('inspector.empty_text')} />
            </div>
          ) : (
            <div className={classes['split']}>
              <div className={`panel ${classes['list']}`}>
                {items.slice(0, shown).map((request) => (
                  <UnstyledButton
                    key={request.number}
                    className={classes['item']}
                    aria-pressed={request === chosen}
                    onClick={() => setNumber(request.number)}
                  >
                    <Group justify="space-between" wrap="nowrap">
                      <Text size="sm" fw={500} className="name">
                        {eventOf(request)}
                      </Text>
                      <Text size="xs" c="dimmed" component="span">
                        <Ago at={request.at} />
                      </Text>
                    </Group>
                    <Text size="xs" c="dimmed" className="name">
                      {request.method} {request.path} · #{request.number}
                    </Text>
                  </UnstyledButton>
                ))}
                {items.length > shown && (
                  <Button variant="subtle" fullWidth onClick={() => setShown(shown + SHOWN_AT_FIRST)}>
                    {t('do.load_more')}
                  </Button>
                )}
              </div>
              {chosen && <RequestView key={chosen.number} request={chosen} />}
            </div>
          )}
        </Stack>
      )}
      <Confirm
        opened={isClearing}
        close={clearing.close}
        title={t('inspector.clear_title')}
        text={t('inspector.clear_text')}
        deed={t('inspector.clear')}
        act={() => clear.mutate()}
        busy={clear.isPending}
        error={clear.error}
      />
    </Page>
  );
}

const headerOf = (request: Schemas['Received'], wanted: string) =>
  request.headers.find(([name]) => String(name).toLowerCase() === wanted)?.[1];

const eventOf = (request: Schemas['Received']) => String(headerOf(request, 'recado-event') ?? request.method);

function RequestView({ request }: { request: Schemas['Received'] }) {
  const t = useT();
  const headers = request.headers;
  return (
    <Stack className="panel" p="md" gap="md" miw={0}>
      <Text fw={600}>{t('inspector.request', { number: request.number })}</Text>
      <BodyView text={request.body} contentType={contentTypeOf(headers)} title={t('deliveries.body')} />
      <HeadersView headers={headers} title={t('deliveries.headers')} />
    </Stack>
  );
}
