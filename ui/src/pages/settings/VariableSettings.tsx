import { ActionIcon, Button, Group, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schemas } from '../../api/client';
import { variablesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Section } from '../../parts/Section';
import { ErrorState, LoadingRows } from '../../parts/States';
import { valueText } from '../../parts/values';
import type { Bot } from './changeBot';
import { NameActions } from './NameActions';
import { SecretSettings } from './SecretSettings';
import { TagSettings } from './TagSettings';
import { VariableModal } from './VariableModal';

type Variable = Schemas['VariableView'];
type Scope = Schemas['DeclaredScope'];

export function VariableSettings({ bot }: { bot: Bot }) {
  const variables = useQuery(variablesQuery(bot.id));
  if (variables.error) return <ErrorState error={variables.error} retry={() => void variables.refetch()} />;
  if (!variables.data) return <LoadingRows />;
  const { items } = variables.data;
  return (
    <Stack gap="lg">
      <Variables bot={bot} scope="bot" items={items.filter(({ scope }) => scope === 'bot')} />
      <Variables bot={bot} scope="contact" items={items.filter(({ scope }) => scope === 'contact')} />
      <TagSettings bot={bot} />
      <SecretSettings bot={bot} />
    </Stack>
  );
}

function Variables({ bot, scope, items }: { bot: Bot; scope: Scope; items: Variable[] }) {
  const t = useT();
  const [edited, setEdited] = useState<Variable | 'new' | null>(null);
  return (
    <Section title={t(`settings.variables_${scope}`)} text={t(`settings.variables_${scope}_text`)}>
      {items.length > 0 && (
        <div className="table-scroll">
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('bots.name')}</Table.Th>
                <Table.Th>{t('settings.type')}</Table.Th>
                {scope === 'bot' && <Table.Th>{t('settings.value')}</Table.Th>}
                <Table.Th w={116}>
                  <VisuallyHidden>{t('do.open_menu')}</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((variable) => (
                <Table.Tr key={variable.name}>
                  <Table.Td maw={220}>
                    <Text size="sm" ff="monospace" className="name">
                      {variable.name}
                    </Text>
                  </Table.Td>
                  <Table.Td fz="sm" c="dimmed">
                    {t(`values.${variable.type}`)}
                  </Table.Td>
                  {scope === 'bot' && (
                    <Table.Td maw={280}>
                      <Text size="sm" className="name">
                        {valueText(variable.value)}
                      </Text>
                    </Table.Td>
                  )}
                  <Table.Td>
                    <Group gap={2} wrap="nowrap" justify="flex-end">
                      {scope === 'bot' && (
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={`${t('do.edit')}: ${variable.name}`}
                          onClick={() => setEdited(variable)}
                        >
                          <IconPencil size={16} />
                        </ActionIcon>
                      )}
                      <NameActions botId={bot.id} what={scope} name={variable.name} />
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <Group>
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited('new')}>
          {t(`settings.new_variable_${scope}`)}
        </Button>
      </Group>
      {edited && (
        <VariableModal
          botId={bot.id}
          scope={scope}
          variable={edited === 'new' ? undefined : edited}
          close={() => setEdited(null)}
        />
      )}
    </Section>
  );
}
