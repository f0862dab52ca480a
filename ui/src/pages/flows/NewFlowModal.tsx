import { Alert, Button, Group, Modal, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconPencilPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../../api/problem';
import { useT } from '../../i18n';
import { ErrorState, LoadingRows } from '../../parts/States';
import { hasPlaceholders, loadTemplates, type Template } from '../../templates';
import { FlowShape } from './FlowShape';
import classes from './flows.module.css';
import { freeName } from './names';

const BLANK = 'blank';

interface Props {
  opened: boolean;
  close: () => void;
  /** Names that other flows of the bot have. */
  taken: readonly string[];
  save: (flow: { name: string; template: Template | null }) => void;
  busy: boolean;
  error: unknown;
}

/** A new flow: its name, and what it begins with. */
export function NewFlowModal(props: Props) {
  const t = useT();
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={t('flows.new')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
      size={820}
    >
      <NewFlowForm {...props} />
    </Modal>
  );
}

function NewFlowForm({ close, taken, save, busy, error }: Props) {
  const t = useT();
  const templates = useQuery({
    queryKey: ['templates', t.language],
    queryFn: () => loadTemplates(t.language),
    staleTime: Infinity,
  });
  const [chosen, setChosen] = useState(BLANK);
  const [typed, setTyped] = useState<string | null>(null);
  const template = templates.data?.find(({ id }) => id === chosen) ?? null;
  const proposed = template ? freeName(template.document.name, (name) => t('flows.copy_of', { name }), taken) : '';
  const name = typed ?? proposed;
  const problem = fieldErrors(error, ['name'], t).byField['name'];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save({ name: name.trim(), template });
      }}
    >
      <Stack>
        <TextInput
          label={t('flows.name')}
          value={name}
          onChange={(event) => setTyped(event.currentTarget.value || null)}
          error={problem}
          maxLength={128}
          data-autofocus
        />
        {templates.error && <ErrorState error={templates.error} retry={() => void templates.refetch()} />}
        {templates.isPending && <LoadingRows rows={3} height={72} />}
        {templates.data && (
          <Radio.Group value={chosen} onChange={setChosen} label={t('flows.begin_with')}>
            <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="sm" mt={6}>
              <Choice
                id={BLANK}
                name={t('flows.blank')}
                about={t('flows.blank_text')}
                picture={<IconPencilPlus size={28} stroke={1.5} aria-hidden />}
              />
              {templates.data.map(({ id, about, document }) => (
                <Choice
                  key={id}
                  id={id}
                  name={document.name}
                  about={about}
                  size={t.many('flows.elements', document.elements.length)}
                  picture={<FlowShape document={document} />}
                />
              ))}
            </SimpleGrid>
          </Radio.Group>
        )}
        {template && <WhatNext template={template} />}
        {Boolean(error) && !problem && <ErrorState error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={!name.trim()}>
            {t('flows.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Choice(props: { id: string; name: string; about: string; size?: string; picture: React.ReactNode }) {
  return (
    <Radio.Card value={props.id} className={classes.card}>
      <span className={classes.picture}>{props.picture}</span>
      <Text size="sm" fw={600} component="span">
        {props.name}
      </Text>
      <Text size="xs" c="dimmed" component="span">
        {props.about}
      </Text>
      {props.size && (
        <Text size="xs" c="dimmed" component="span" mt="auto">
          {props.size}
        </Text>
      )}
    </Radio.Card>
  );
}

/** How the chosen one is started, and what is to be filled in. */
function WhatNext({ template }: { template: Template }) {
  const t = useT();
  return (
    <Alert variant="light" role="status">
      <Text size="sm">
        {t('flows.begins', { how: template.begins })} {t('flows.make_it_yours')}{' '}
        {hasPlaceholders(template) && t('flows.placeholders')}
      </Text>
    </Alert>
  );
}
