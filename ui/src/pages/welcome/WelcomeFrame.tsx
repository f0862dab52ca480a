import { Anchor, Box, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { ColorSchemeMenu } from '../../app/ColorSchemeMenu';
import { languageNames, languages, useLanguage } from '../../i18n';
import icon from '../../styles/icon.svg';

/** The frame of the pages before one is signed in. */
export function WelcomeFrame({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const { t, choose } = useLanguage();
  useDocumentTitle(`${title} · Recado`);
  return (
    <Box mih="100%" bg="var(--recado-canvas)" component="main">
      <Group justify="flex-end" p="md" gap="md">
        {languages
          .filter((language) => language !== t.language)
          .map((language) => (
            <Anchor
              key={language}
              component="button"
              type="button"
              size="sm"
              lang={language}
              onClick={() => choose(language)}
            >
              {languageNames[language]}
            </Anchor>
          ))}
        <ColorSchemeMenu />
      </Group>
      <Center px="md" pt={{ base: 'md', sm: 48 }} pb={64}>
        <Stack w="100%" maw={420} gap="lg">
          <Group gap="sm" justify="center">
            <img src={icon} width={36} height={36} alt="" />
            <Text fw={650} size="xl">
              Recado
            </Text>
          </Group>
          <Paper className="panel" p={{ base: 'lg', sm: 'xl' }}>
            <Stack gap="lg">
              <Stack gap={4}>
                <Title order={1}>{title}</Title>
                <Text c="dimmed" size="sm">
                  {text}
                </Text>
              </Stack>
              {children}
            </Stack>
          </Paper>
        </Stack>
      </Center>
    </Box>
  );
}
