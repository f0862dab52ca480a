import { Button, Group, Modal, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
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
            <Radio.Card value={BLANK} className={classes.blank} mt={6} mb="sm">
              <IconPencilPlus size={24} stroke={1.5} aria-hidden />
              <span>
                <Text size="sm" fw={600} component="span" display="block">
                  {t('flows.blank')}
                </Text>
                <Text size="xs" c="dimmed" component="span">
                  {t('flows.blank_text')}
                </Text>
              </span>
            </Radio.Card>
            <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="sm">
              {templates.data.map(({ id, about, document }) => (
                <Radio.Card key={id} value={id} className={classes.card}>
                  <FlowShape document={document} />
                  <Text size="sm" fw={600} component="span">
                    {document.name}
                  </Text>
                  <Text size="xs" c="dimmed" component="span">
                    {about}
                  </Text>
                  <Text size="xs" c="dimmed" component="span" mt="auto">
                    {t.many('flows.elements', document.elements.length)}
                  </Text>
                </Radio.Card>
              ))}
            </SimpleGrid>
          </Radio.Group>
        )}
        {Boolean(error) && !problem && <ErrorState error={error} />}
        <Stack gap="xs" className={classes.foot}>
          {template && <WhatNext template={template} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={busy} disabled={!name.trim()}>
              {t('flows.create')}
            </Button>
          </Group>
        </Stack>
      </Stack>
    </form>
  );
}

/** How the chosen one is started, and what is to be filled in. */
function WhatNext({ template }: { template: Template }) {
  const t = useT();
  return (
    <Text fz={{ base: 'xs', sm: 'sm' }} role="status">
      {t('flows.begins', { how: template.begins })} {t('flows.make_it_yours')}{' '}
      {hasPlaceholders(template) && t('flows.placeholders')}
    </Text>
  );
}
