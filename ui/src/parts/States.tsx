import { Alert, Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, type Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { tellProblem } from '../api/problem';
import { useT } from '../i18n';

/** What happened, and what can be done. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useT();
  const { title, detail } = tellProblem(error, t);
  return (
    <Alert
      color="red"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={title}
      role="alert"
      className="problem"
    >
      {(detail || retry) && (
        <Stack gap="sm" align="flex-start">
          {detail && (
            <Text size="sm" className="said">
              {detail}
            </Text>
          )}
          {retry && (
            <Button variant="default" size="xs" onClick={retry}>
              {t('state.try_again')}
            </Button>
          )}
        </Stack>
      )}
    </Alert>
  );
}

/** A list with nothing in it says what to do next. */
export function EmptyState(props: { icon: Icon; title: string; text: string; action?: ReactNode; order?: 1 | 2 }) {
  const { icon: Symbol, title, text, action, order = 2 } = props;
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center">
      <ThemeIcon size={44} radius="xl" variant="default" aria-hidden>
        <Symbol size={22} stroke={1.6} />
      </ThemeIcon>
      <Title order={order} size="h4" mt="xs">
        {title}
      </Title>
      <Text c="dimmed" size="sm" maw={460}>
        {text}
      </Text>
      {action && <Group mt="sm">{action}</Group>}
    </Stack>
  );
}

/** Holds the place of rows, so nothing jumps when they come. */
export function LoadingRows({ rows = 6, height = 20 }: { rows?: number; height?: number }) {
  const t = useT();
  return (
    <Stack gap="lg" p="md" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} width={`${96 - ((row * 17) % 30)}%`} radius="sm" />
      ))}
    </Stack>
  );
}
