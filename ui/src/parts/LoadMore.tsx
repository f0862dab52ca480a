import { Button, Center } from '@mantine/core';
import { useT } from '../i18n';

/** The next page of a list that has one. */
export function LoadMore(props: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }) {
  const t = useT();
  if (!props.hasNextPage) return null;
  return (
    <Center p="md">
      <Button variant="default" loading={props.isFetchingNextPage} onClick={() => void props.fetchNextPage()}>
        {t('do.load_more')}
      </Button>
    </Center>
  );
}
