import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { botQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Page } from '../../parts/Page';
import { LoadingRows } from '../../parts/States';
import { BotLog } from './BotLog';
import { ChannelSettings } from './ChannelSettings';
import { GeneralSettings } from './GeneralSettings';
import { LinkSettings } from './LinkSettings';
import { VariableSettings } from './VariableSettings';
import { WebhookSettings } from './WebhookSettings';

const SECTIONS = ['general', 'channel', 'variables', 'webhooks', 'links', 'log'] as const;
type Section = (typeof SECTIONS)[number];

const VIEWS = {
  general: GeneralSettings,
  channel: ChannelSettings,
  variables: VariableSettings,
  webhooks: WebhookSettings,
  links: LinkSettings,
  log: BotLog,
};

export default function SettingsPage() {
  const t = useT();
  const navigate = useNavigate();
  const { botId, section: wanted } = useParams({ from: '/app/bots/$botId/settings/$section' });
  const section: Section = SECTIONS.find((name) => name === wanted) ?? 'general';
  const { data: bot } = useQuery(botQuery(botId));
  const View = VIEWS[section];
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    tabs.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [section]);
  return (
    <Page title={t('shell.settings')} width={860}>
      <Tabs
        value={section}
        onChange={(next) =>
          next && void navigate({ to: '/bots/$botId/settings/$section', params: { botId, section: next } })
        }
        keepMounted={false}
      >
        <Tabs.List ref={tabs} mb="lg" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
          {SECTIONS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`settings.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={section}>{bot ? <View key={bot.id} bot={bot} /> : <LoadingRows />}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
