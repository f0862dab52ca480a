import '@mantine/notifications/styles.css';
import { AppShell, Burger, Group, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { sessionQuery } from '../api/session';
import { useLanguage } from '../i18n';
import icon from '../styles/icon.svg';
import { AccountMenu } from './AccountMenu';
import { ColorSchemeMenu } from './ColorSchemeMenu';
import { Notices } from './Notices';
import { Sidebar } from './Sidebar';

export default function Shell() {
  const { t, suggest } = useLanguage();
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const { botId } = useParams({ strict: false });
  const { data: session } = useQuery(sessionQuery);
  const wanted = session?.member.language;
  const heard = useRef<string>(undefined);
  useEffect(() => {
    if (!wanted || wanted === heard.current) return;
    heard.current = wanted;
    suggest(wanted);
  }, [wanted, suggest]);
  useEffect(close, [pathname, close]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      styles={{ main: { background: 'var(--recado-canvas)', display: 'flex', flexDirection: 'column' } }}
    >
      <a href="#content" className="skip-link">
        {t('shell.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('shell.menu')}
              aria-expanded={opened}
            />
            <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />}>
              <Group gap={10} wrap="nowrap">
                <img src={icon} width={26} height={26} alt="" />
                <Text fw={650} size="md">
                  Recado
                </Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap={4} wrap="nowrap">
            {botId && <Notices key={botId} botId={botId} />}
            <ColorSchemeMenu />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t('shell.navigation')}>
        <AppShell.Section grow component={ScrollArea} p="sm">
          <Sidebar />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <Outlet />
      </AppShell.Main>
      <Notifications position="bottom-right" />
    </AppShell>
  );
}
