import { SimpleGrid, Stack, Text } from '@mantine/core';
import { IconArrowsSplit2, IconRobot, IconWebhook } from '@tabler/icons-react';
import { useT } from '../../i18n';

const STEPS = [
  ['bot', IconRobot],
  ['flow', IconArrowsSplit2],
  ['webhook', IconWebhook],
] as const;

/** What lies ahead of somebody who has nothing yet. */
export function FirstSteps() {
  const t = useT();
  return (
    <SimpleGrid component="ol" cols={{ base: 1, sm: 3 }} mt="lg" p={0} style={{ listStyle: 'none' }}>
      {STEPS.map(([step, Symbol], index) => (
        <Stack key={step} component="li" className="panel" p="lg" gap="xs">
          <Symbol size={22} stroke={1.6} color="var(--mantine-color-anchor)" aria-hidden />
          <Text fw={600} size="sm">
            {index + 1}. {t(`bots.step_${step}`)}
          </Text>
          <Text c="dimmed" size="sm">
            {t(`bots.step_${step}_text`)}
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  );
}
