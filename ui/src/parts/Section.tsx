import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A panel with a heading. */
export function Section({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  return (
    <Stack className="panel" p={{ base: 'md', sm: 'lg' }} component="section" gap="md">
      <Stack gap={4}>
        <Title order={2}>{title}</Title>
        {text && (
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        )}
      </Stack>
      {children}
    </Stack>
  );
}
