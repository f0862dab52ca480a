import { Group, Modal, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { ServiceMark } from '../../parts/ServiceMark';
import { BotReady } from './BotReady';
import { NewTelegram } from './NewTelegram';
import { NewWebChat } from './NewWebChat';

const SERVICES = ['telegram', 'livechat'] as const;

/** Channel, then what it needs, then what to do with the bot. */
export function NewBotWizard({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const [service, setService] = useState<(typeof SERVICES)[number] | null>(null);
  const [bot, setBot] = useState<Schemas['BotView'] | null>(null);
  const leave = () => {
    close();
    void queries.invalidateQueries({ queryKey: botsQuery.queryKey });
  };
  return (
    <Modal
      opened={opened}
      onClose={leave}
      onExitTransitionEnd={() => {
        setService(null);
        setBot(null);
      }}
      title={bot ? t('bots.ready') : service ? t(`bots.new_${service}`) : t('bots.new')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
      size="lg"
    >
      {bot ? (
        <BotReady bot={bot} />
      ) : service === 'livechat' ? (
        <NewWebChat back={() => setService(null)} done={setBot} />
      ) : service === 'telegram' ? (
        <NewTelegram back={() => setService(null)} done={setBot} />
      ) : (
        <Stack gap="sm">
          {SERVICES.map((name) => (
            <UnstyledButton key={name} className="panel panel-link" p="md" onClick={() => setService(name)}>
              <Group wrap="nowrap">
                <ServiceMark service={name} size={26} />
                <Stack gap={2} flex={1}>
                  <Text fw={600}>{t(`service.${name}`)}</Text>
                  <Text size="sm" c="dimmed">
                    {t(`bots.about_${name}`)}
                  </Text>
                </Stack>
                <IconChevronRight size={18} aria-hidden />
              </Group>
            </UnstyledButton>
          ))}
        </Stack>
      )}
    </Modal>
  );
}
