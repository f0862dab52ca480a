import { Menu, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { sessionQuery, signOut } from '../api/session';
import { useT } from '../i18n';
import { useAct } from '../parts/act';
import { Face } from '../parts/Person';
import { LanguageMenuItems } from './LanguageMenuItems';

export function AccountMenu() {
  const t = useT();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const leave = useAct({
    run: signOut,
    then: () => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, null);
      void router.navigate({ to: '/sign-in' });
    },
  });
  if (!session) return null;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton p={4}>
          <Face name={session.member.name} size={30} />
          <VisuallyHidden>{`${t('shell.account')}: ${session.member.name}`}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" className="name">
            {session.member.name}
          </Text>
          <Text size="xs" className="name">
            {session.member.email}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconUserCircle size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/account" {...props} />}
        >
          {t('shell.account')}
        </Menu.Item>
        <LanguageMenuItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
          {t('shell.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
