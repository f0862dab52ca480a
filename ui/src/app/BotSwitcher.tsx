import { Group, Menu, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { botsQuery } from '../api/queries';
import { useT } from '../i18n';
import { ServiceMark } from '../parts/ServiceMark';

/** Names the bot whose pages are shown, and leads to another one. */
export function BotSwitcher({ botId }: { botId: string }) {
  const t = useT();
  const { data } = useQuery(botsQuery);
  const bot = data?.items.find(({ id }) => id === botId);
  return (
    <Menu width="target" position="bottom-start">
      <Menu.Target>
        <UnstyledButton className="panel" px="sm" py={8} mb="xs" mih={50} w="100%">
          <Group gap="sm" wrap="nowrap">
            {bot && <ServiceMark service={bot.service} size={20} />}
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" fw={600} className="name" component="bdi">
                {bot?.name ?? '…'}
              </Text>
              <Text size="xs" c="dimmed">
                {bot ? t(`service.${bot.service}`) : '…'}
              </Text>
            </Stack>
            <IconSelector size={16} aria-hidden />
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        {data?.items.map((item) => (
          <Menu.Item
            key={item.id}
            leftSection={<ServiceMark service={item.service} size={16} />}
            rightSection={item.id === botId ? <IconCheck size={14} aria-hidden /> : null}
            renderRoot={(props) => <Link to="/bots/$botId/flows" params={{ botId: item.id }} {...props} />}
          >
            <Text size="sm" className="name">
              {item.name}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
