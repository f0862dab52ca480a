import { Anchor, Box, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { contactQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useLiveRefresh } from '../../live/LiveEvents';
import { Face } from '../../parts/Person';
import { Section } from '../../parts/Section';
import { ErrorState, LoadingRows } from '../../parts/States';
import { ContactActions } from './ContactActions';
import { ContactFacts } from './ContactFacts';
import { ContactStatus } from './ContactStatus';
import { ContactTags } from './ContactTags';
import { ContactTimeline } from './ContactTimeline';
import { ContactVariables } from './ContactVariables';
import { Notes } from './Notes';

export default function ContactPage() {
  const t = useT();
  const queries = useQueryClient();
  const { botId, contactId } = useParams({ from: '/app/bots/$botId/audience/$contactId' });
  const contact = useQuery(contactQuery(contactId));
  const name = contact.data?.profile.name || t('audience.nameless');
  useDocumentTitle(`${name.slice(0, 80)} · Recado`);
  useLiveRefresh(
    () => void queries.invalidateQueries({ queryKey: ['contact', contactId] }),
    1_000,
    (event) => event.contact_id === contactId,
  );
  return (
    <Box px={{ base: 'md', sm: 'xl' }} py={{ base: 'md', sm: 'lg' }} maw={1_344} mx="auto" w="100%">
      <Anchor
        size="sm"
        c="dimmed"
        renderRoot={(props) => <Link to="/bots/$botId/audience" params={{ botId }} {...props} />}
      >
        <Group gap={4} component="span" display="inline-flex">
          <IconArrowLeft size={14} aria-hidden />
          {t('audience.title')}
        </Group>
      </Anchor>
      {contact.error && (
        <Box mt="md">
          <ErrorState error={contact.error} retry={() => void contact.refetch()} />
        </Box>
      )}
      {contact.isPending && <LoadingRows />}
      {contact.data && (
        <>
          <Group justify="space-between" my="lg" align="flex-start">
            <Group wrap="nowrap" miw={0} flex="1 1 280px">
              <Face name={name} photo={contact.data.profile.photo} size={48} />
              <Stack gap={2} miw={0}>
                <Title order={1} className="said" lineClamp={3}>
                  {name}
                </Title>
                <Group gap="sm">
                  <ContactStatus status={contact.data.status} />
                  {contact.data.profile.username && (
                    <Text size="sm" c="dimmed" className="said">
                      @{contact.data.profile.username}
                    </Text>
                  )}
                </Group>
              </Stack>
            </Group>
            <ContactActions contact={contact.data} />
          </Group>
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Stack gap="lg">
                <ContactFacts contact={contact.data} />
                <ContactTags contact={contact.data} />
                <Section title={t('notes.title')} text={t('notes.text')}>
                  <Notes contactId={contactId} />
                </Section>
                <ContactVariables contact={contact.data} />
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 8 }}>
              <ContactTimeline contact={contact.data} />
            </Grid.Col>
          </Grid>
        </>
      )}
    </Box>
  );
}
