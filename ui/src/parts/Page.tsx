import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

/** All pages begin at the same edge; some are narrower, because their lines are to be read. */
const FRAME_PX = 1_344;

/** A page's frame: title, what it is for, what can be done, and its content. */
export function Page(props: {
  title: string;
  text?: ReactNode;
  actions?: ReactNode;
  width?: number;
  children: ReactNode;
}) {
  const { title, text, actions, width = FRAME_PX, children } = props;
  useDocumentTitle(`${title} · Recado`);
  return (
    <Box px={{ base: 'md', sm: 'xl' }} py={{ base: 'md', sm: 'xl' }} maw={FRAME_PX} mx="auto" w="100%" miw={0}>
      <Box maw={width}>
        <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
          <Stack gap={4} flex={1} miw={220}>
            <Title order={1} className="said">
              {title}
            </Title>
            {text && (
              <Text c="dimmed" size="sm" maw={680} component="div">
                {text}
              </Text>
            )}
          </Stack>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
        {children}
      </Box>
    </Box>
  );
}
