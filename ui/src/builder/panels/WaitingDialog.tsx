import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { use, useEffect } from 'react';
import { listWaiting, type Waiting } from '../calls';
import { BotId, FlowId } from '../context';
import { useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { titleOf } from '../model/summary';
import classes from './panels.module.css';

/** Who waits in the element whose count was pressed. */
export function WaitingDialog() {
  const words = useWords();
  const editor = useEditor();
  const element = useEditorState((state) => (state.waitingIn === null ? undefined : state.byId.get(state.waitingIn)));
  return (
    <Modal
      opened={element !== undefined}
      onClose={() => editor.set({ waitingIn: null })}
      title={element && words.waiting.title(titleOf(element, words))}
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      {element && <WhoWaits element={element.id} />}
    </Modal>
  );
}

function WhoWaits({ element }: { element: string }) {
  const words = useWords();
  const botId = use(BotId);
  const flowId = use(FlowId);
  const pages = useInfiniteQuery({
    queryKey: ['builder', 'waiting-in', flowId, element],
    queryFn: ({ pageParam }) => listWaiting(flowId, element, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    gcTime: 0,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = pages;
  // The server looks at so many runs for a page: where none of them waits here, the next page is asked for at once.
  const looksFurther = hasNextPage && items.length === 0;
  useEffect(() => {
    if (looksFurther && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [looksFurther, isFetchingNextPage, isError, fetchNextPage]);

  const failed = (
    <Alert color="red" variant="outline" className="problem" role="alert" title={words.waiting.failed}>
      <Button
        size="xs"
        variant="default"
        onClick={() => void (pages.data === undefined ? pages.refetch() : fetchNextPage())}
      >
        {words.common.retry}
      </Button>
    </Alert>
  );
  if (isError && items.length === 0) return failed;
  if (pages.isPending || looksFurther) {
    return (
      <Center p="md" role="status" aria-label={words.waiting.reading}>
        <Loader size="sm" />
      </Center>
    );
  }
  if (items.length === 0) return <Text size="sm">{words.waiting.none}</Text>;
  return (
    <Stack gap={0}>
      <ul className={classes.waiting} aria-label={words.waiting.list}>
        {items.map((one) => (
          <WaitingRow key={`${one.contactId} ${one.number}`} botId={botId} one={one} />
        ))}
      </ul>
      {isError && failed}
      {hasNextPage && !isError && (
        <Center p="sm">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {words.waiting.more}
          </Button>
        </Center>
      )}
    </Stack>
  );
}

function WaitingRow({ botId, one }: { botId: string; one: Waiting }) {
  const words = useWords();
  const when = new Intl.DateTimeFormat(words.locale, { dateStyle: 'medium', timeStyle: 'short' });
  const shown = (at: string) => when.format(new Date(at));
  const told = [
    words.waiting.for[one.waitsFor],
    ...(one.until === null ? [] : [words.waiting.until(shown(one.until))]),
    words.waiting.since(shown(one.startedAt)),
    ...(one.version === null ? [] : [words.versions.version(one.version)]),
  ];
  return (
    <li>
      <Group gap={2} py={8} align="baseline">
        <Link
          to="/bots/$botId/audience/$contactId"
          params={{ botId, contactId: one.contactId }}
          className={`${classes.waitingName} name`}
        >
          <bdi>{one.name || words.waiting.nameless}</bdi>
        </Link>
        <Text size="xs" c="dimmed">
          {told.join(' · ')}
        </Text>
      </Group>
    </li>
  );
}
