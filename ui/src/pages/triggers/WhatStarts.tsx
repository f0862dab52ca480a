import { Anchor, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconMessageQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { tellProblem } from '../../api/problem';
import { matchTrigger } from '../../api/triggerMatch';
import { useT, type Key } from '../../i18n';

const WHYS: Record<string, Key> = {
  keyword: 'triggers.why_keyword',
  standard_reply: 'triggers.why_standard_reply',
  unsubscription: 'triggers.why_unsubscription',
};

/** "What would this text start?", asked of the server, which would decide it. */
export function WhatStarts(props: {
  botId: string;
  triggers: Schemas['TriggerView'][];
  flowNames: Map<string, string>;
}) {
  const { botId, triggers, flowNames } = props;
  const t = useT();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 300);
  const match = useQuery({
    queryKey: ['bots', botId, 'triggers', 'match', asked, triggers.map(({ id, active }) => id + active)],
    queryFn: () => matchTrigger(botId, asked),
    enabled: asked !== '',
    placeholderData: (before) => before,
  });
  const found = match.data;
  const trigger = triggers.find(({ id }) => id === found?.trigger_id);
  const flow = found?.flow_id;
  return (
    <Stack className="panel" p="md" gap="xs" mb="md">
      <TextInput
        label={t('triggers.try')}
        placeholder={t('triggers.try_placeholder')}
        leftSection={<IconMessageQuestion size={18} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maxLength={1_000}
      />
      <Group gap={6} mih={22} role="status">
        {match.error && asked && (
          <Text size="sm" c="var(--mantine-color-error)">
            {tellProblem(match.error, t).title}
          </Text>
        )}
        {!asked && (
          <Text size="sm" c="dimmed">
            {t('triggers.try_text')}
          </Text>
        )}
        {asked && !match.error && found && (
          <>
            <Text size="sm">{t(WHYS[found.why] ?? 'triggers.why_nothing', { name: trigger?.name ?? '' })}</Text>
            {flow && (
              <Anchor
                size="sm"
                renderRoot={(rest) => (
                  <Link to="/bots/$botId/flows/$flowId" params={{ botId, flowId: flow }} {...rest} />
                )}
              >
                {flowNames.get(flow) ?? t('triggers.the_flow')}
              </Anchor>
            )}
          </>
        )}
      </Group>
    </Stack>
  );
}
