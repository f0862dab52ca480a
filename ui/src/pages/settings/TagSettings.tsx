import { Group, Table, Text, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { tagsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { Section } from '../../parts/Section';
import { ErrorState, LoadingRows } from '../../parts/States';
import type { Bot } from './changeBot';
import { NameActions } from './NameActions';

/** The tags that contacts have. */
export function TagSettings({ bot }: { bot: Bot }) {
  const t = useT();
  const tags = useQuery(tagsQuery(bot.id));
  if (tags.error) return <ErrorState error={tags.error} retry={() => void tags.refetch()} />;
  if (!tags.data) return <LoadingRows />;
  const { items } = tags.data;
  return (
    <Section title={t('settings.tags')} text={t('settings.tags_text')}>
      {items.length > 0 && (
        <div className="table-scroll">
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('bots.name')}</Table.Th>
                <Table.Th>{t('settings.tag_contacts')}</Table.Th>
                <Table.Th w={84}>
                  <VisuallyHidden>{t('do.open_menu')}</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map(({ name, contacts }) => (
                <Table.Tr key={name}>
                  <Table.Td maw={280}>
                    <Text size="sm" className="name">
                      {name}
                    </Text>
                  </Table.Td>
                  <Table.Td fz="sm" c="dimmed">
                    {contacts}
                  </Table.Td>
                  <Table.Td>
                    <Group gap={2} wrap="nowrap" justify="flex-end">
                      <NameActions botId={bot.id} what="tag" name={name} />
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}
