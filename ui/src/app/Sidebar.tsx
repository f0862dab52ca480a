import { Divider, NavLink, Stack, Text } from '@mantine/core';
import {
  IconArrowsSplit2,
  IconBolt,
  IconMessages,
  IconRobot,
  IconSend,
  IconServer,
  IconSettings,
  IconUserCircle,
  IconUsers,
  IconZoomCode,
  type Icon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useParams } from '@tanstack/react-router';
import { hasInspectorQuery } from '../api/queries';
import { sessionQuery } from '../api/session';
import { useT } from '../i18n';
import { BotSwitcher } from './BotSwitcher';

const SECTIONS = [
  ['flows', IconArrowsSplit2],
  ['triggers', IconBolt],
  ['audience', IconUsers],
  ['chats', IconMessages],
  ['deliveries', IconSend],
] as const satisfies readonly (readonly [string, Icon])[];

export function Sidebar() {
  const t = useT();
  const { botId } = useParams({ strict: false });
  const { pathname } = useLocation();
  const { data: session } = useQuery(sessionQuery);
  const { data: hasInspector } = useQuery(hasInspectorQuery);
  const here = (path: string) => pathname === path || (path !== '/' && pathname.startsWith(`${path}/`));

  const mark = (active: boolean) => ({ active, 'aria-current': active ? ('page' as const) : undefined });
  return (
    <Stack gap={2}>
      {botId && (
        <>
          <BotSwitcher botId={botId} />
          {SECTIONS.map(([section, Symbol]) => (
            <NavLink
              key={section}
              className="nav-link"
              label={t(`shell.${section}`)}
              leftSection={<Symbol size={18} stroke={1.6} aria-hidden />}
              renderRoot={(props) => <Link to={`/bots/$botId/${section}`} params={{ botId }} {...props} />}
              {...mark(here(`/bots/${botId}/${section}`))}
            />
          ))}
          <NavLink
            className="nav-link"
            label={t('shell.settings')}
            leftSection={<IconSettings size={18} stroke={1.6} aria-hidden />}
            renderRoot={(props) => (
              <Link to="/bots/$botId/settings/$section" params={{ botId, section: 'general' }} {...props} />
            )}
            {...mark(here(`/bots/${botId}/settings`))}
          />
          <Divider my="sm" />
        </>
      )}
      <NavLink
        className="nav-link"
        label={botId ? t('shell.all_bots') : t('shell.bots')}
        leftSection={<IconRobot size={18} stroke={1.6} aria-hidden />}
        renderRoot={(props) => <Link to="/" activeOptions={{ exact: true }} {...props} />}
        {...mark(here('/'))}
      />
      {hasInspector && (
        <NavLink
          className="nav-link"
          label={<Text inherit>{t('shell.inspector')}</Text>}
          leftSection={<IconZoomCode size={18} stroke={1.6} aria-hidden />}
          renderRoot={(props) => <Link to="/account/inspector" {...props} />}
          {...mark(here('/account/inspector'))}
        />
      )}
      <NavLink
        className="nav-link"
        label={t('shell.account')}
        leftSection={<IconUserCircle size={18} stroke={1.6} aria-hidden />}
        renderRoot={(props) => <Link to="/account" activeOptions={{ exact: true }} {...props} />}
        {...mark(pathname === '/account')}
      />
      {session?.is_operator && (
        <NavLink
          className="nav-link"
          label={t('shell.system')}
          leftSection={<IconServer size={18} stroke={1.6} aria-hidden />}
          renderRoot={(props) => <Link to="/account/system" {...props} />}
          {...mark(here('/account/system'))}
        />
      )}
    </Stack>
  );
}
