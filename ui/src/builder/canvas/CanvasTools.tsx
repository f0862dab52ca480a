import { ActionIcon, Paper, Stack, Tooltip } from '@mantine/core';
import { Panel, useReactFlow } from '@xyflow/react';
import { IconMaximize, IconMinus, IconPlus } from '@tabler/icons-react';
import { useWords } from '../i18n';

/** Zoom, and all in one view. */
export function CanvasTools() {
  const words = useWords();
  const flow = useReactFlow();
  const tools = [
    { label: words.page.zoomIn, icon: IconPlus, act: () => void flow.zoomIn({ duration: 150 }) },
    { label: words.page.zoomOut, icon: IconMinus, act: () => void flow.zoomOut({ duration: 150 }) },
    {
      label: words.page.fit,
      icon: IconMaximize,
      act: () => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 250 }),
    },
  ];
  return (
    <Panel position="bottom-left">
      <Paper withBorder radius="md" p={2}>
        <Stack gap={0}>
          {tools.map(({ label, icon: Icon, act }) => (
            <Tooltip key={label} label={label} position="right">
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={act}>
                <Icon size={18} />
              </ActionIcon>
            </Tooltip>
          ))}
        </Stack>
      </Paper>
    </Panel>
  );
}
