import { Button, SimpleGrid, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconRobot } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { botsQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { Page } from '../../parts/Page';
import { EmptyState, ErrorState } from '../../parts/States';
import { BotCard } from './BotCard';
import { FirstSteps } from './FirstSteps';
import { NewBotWizard } from './NewBotWizard';

export default function BotsPage() {
  const t = useT();
  const { data: session } = useQuery(sessionQuery);
  const bots = useQuery(botsQuery);
  const [opened, { open, close }] = useDisclosure();
  const isEmpty = bots.data?.items.length === 0;
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      {t('bots.new')}
    </Button>
  );
  return (
    <Page title={t('bots.title')} text={session?.account.name} actions={isEmpty || !bots.data ? null : create}>
      {bots.error && <ErrorState error={bots.error} retry={() => void bots.refetch()} />}
      {bots.isPending && (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
          {[0, 1, 2].map((card) => (
            <Skeleton key={card} height={246} radius="md" />
          ))}
        </SimpleGrid>
      )}
      {isEmpty && (
        <>
          <div className="panel">
            <EmptyState icon={IconRobot} title={t('bots.empty')} text={t('bots.empty_text')} action={create} />
          </div>
          <FirstSteps />
        </>
      )}
      {!isEmpty && bots.data && (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
          {bots.data.items.map((bot) => (
            <BotCard key={bot.id} bot={bot} />
          ))}
        </SimpleGrid>
      )}
      <NewBotWizard opened={opened} close={close} />
    </Page>
  );
}
