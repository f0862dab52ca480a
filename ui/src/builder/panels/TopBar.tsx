import {
  ActionIcon,
  Box,
  Button,
  Group,
  Indicator,
  Loader,
  Menu,
  Modal,
  Table,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChartBar,
  IconCheck,
  IconCloudOff,
  IconDots,
  IconDownload,
  IconHistory,
  IconKeyboard,
  IconLayoutGrid,
  IconMessageChatbot,
  IconRocket,
  IconSearch,
  IconUpload,
} from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { tellInLine } from '../../api/problem';
import { useT } from '../../i18n';
import { Status } from '../../parts/Status';
import { useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { LIMITS } from '../model/document';
import { renameFlow } from '../model/operations';

export interface TopBarProps {
  shownName: string;
  isPublished: boolean;
  isTesting: boolean;
  onSave: () => void;
  onSearch: () => void;
  onProblems: () => void;
  onTest: () => void;
  onVersions: () => void;
  onPublish: () => void;
  onExport: () => void;
  onImport: () => void;
  onCounts: () => void;
  isCompact: boolean;
}

function Tool({
  label,
  onClick,
  disabled = false,
  pressed,
  children,
}: {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={pressed ? 'light' : 'subtle'}
        color={pressed ? undefined : 'gray'}
        size="lg"
        aria-label={label}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
        {...(disabled ? { bg: 'transparent' } : {})}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** Whether the draft is saved, and why not. */
export function SaveMark({ onSave, isCompact }: { onSave: () => void; isCompact: boolean }) {
  const words = useWords();
  const t = useT();
  const save = useEditorState((state) => state.save);
  const label = (): { text: string; full: string; icon: ReactNode; color: string } => {
    switch (save.is) {
      case 'saved':
        return { text: words.save.saved, full: words.save.saved, icon: <IconCheck size={16} />, color: 'dimmed' };
      case 'unsaved':
        return {
          text: words.save.unsaved,
          full: words.save.unsaved,
          icon: <Loader size={14} type="dots" color="gray" />,
          color: 'dimmed',
        };
      case 'saving':
        return { text: words.save.saving, full: words.save.saving, icon: <Loader size={14} />, color: 'dimmed' };
      case 'conflict':
        return {
          text: words.save.conflict,
          full: words.save.conflict,
          icon: <IconAlertTriangle size={16} />,
          color: 'var(--mantine-color-error)',
        };
      case 'failed': {
        const why = tellInLine(save.error, t);
        const full = save.again ? words.save.failedAgain(why) : words.save.failedRefused(why);
        return { text: words.save.failed, full, icon: <IconCloudOff size={16} />, color: 'var(--mantine-color-error)' };
      }
    }
  };
  const { text, full, icon, color } = label();
  return (
    <Tooltip label={full} multiline maw={340} disabled={full === text && !isCompact}>
      <UnstyledButton onClick={onSave} aria-label={full} style={{ flex: 'none' }}>
        <VisuallyHidden role="status">{full}</VisuallyHidden>
        <Group gap={4} wrap="nowrap" c={color}>
          {icon}
          {!isCompact && (
            <Text size="sm" c={color}>
              {text}
            </Text>
          )}
        </Group>
      </UnstyledButton>
    </Tooltip>
  );
}

function FlowName({ shownName }: { shownName: string }) {
  const words = useWords();
  const editor = useEditor();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      aria-label={words.page.flowName}
      variant="unstyled"
      fw={600}
      value={typed ?? shownName}
      maxLength={LIMITS.nameChars}
      styles={{
        input: { fontWeight: 600, textOverflow: 'ellipsis', minWidth: 60, maxWidth: '100%', fieldSizing: 'content' },
      }}
      style={{ flex: '0 1 auto', minWidth: 60, maxWidth: 300 }}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => {
        const name = typed?.trim();
        setTyped(null);
        if (name && name !== shownName) editor.apply((document) => renameFlow(document, name));
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setTyped(null);
      }}
    />
  );
}

function Keys({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const words = useWords();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.page.shortcuts}
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      <Table>
        <Table.Tbody>
          {words.page.shortcutRows.map((row) => (
            <Table.Tr key={row[0]}>
              <Table.Td>
                <Text size="sm" ff="monospace">
                  {row[0]}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{row[1]}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

/** The bar above the canvas. */
export function TopBar(props: TopBarProps) {
  const words = useWords();
  const editor = useEditor();
  const canUndo = useEditorState((state) => state.steps.past.length > 0);
  const canRedo = useEditorState((state) => state.steps.future.length > 0);
  const problems = useEditorState((state) => state.problems);
  const hasCounts = useEditorState((state) => state.counts !== null);
  const [keys, setKeys] = useState(false);
  const errors = (problems ?? []).filter((problem) => problem.severity === 'error').length;
  const all = problems?.length ?? 0;
  const { isCompact } = props;
  return (
    <Group
      gap="xs"
      wrap="nowrap"
      px="sm"
      py={6}
      component="header"
      style={{ borderBottom: '1px solid var(--mantine-color-default-border)', flex: 'none' }}
    >
      <VisuallyHidden component="h1">{props.shownName}</VisuallyHidden>
      <FlowName shownName={props.shownName} />
      <SaveMark onSave={props.onSave} isCompact={isCompact} />
      <Box flex={1} />
      <Group gap={2} wrap="nowrap">
        {!isCompact && (
          <>
            <Tool label={words.page.undo} disabled={!canUndo} onClick={() => editor.undo()}>
              <IconArrowBackUp size={20} />
            </Tool>
            <Tool label={words.page.redo} disabled={!canRedo} onClick={() => editor.redo()}>
              <IconArrowForwardUp size={20} />
            </Tool>
            <Tool label={words.page.search} onClick={props.onSearch}>
              <IconSearch size={20} />
            </Tool>
            <Tool label={words.page.layout} onClick={() => editor.tidy()}>
              <IconLayoutGrid size={20} />
            </Tool>
            <Tool label={words.page.countsHint} pressed={hasCounts} onClick={props.onCounts}>
              <IconChartBar size={20} />
            </Tool>
          </>
        )}
        <Indicator label={all} size={16} color={errors > 0 ? 'red' : 'yellow.8'} disabled={all === 0} offset={5}>
          <Tool label={words.page.problems} onClick={props.onProblems}>
            <IconAlertTriangle size={20} />
          </Tool>
        </Indicator>
        {isCompact ? (
          <Tool label={words.page.test} pressed={props.isTesting} onClick={props.onTest}>
            <IconMessageChatbot size={20} />
          </Tool>
        ) : (
          <Button
            variant={props.isTesting ? 'light' : 'default'}
            size="sm"
            ml={6}
            leftSection={<IconMessageChatbot size={18} />}
            onClick={props.onTest}
            aria-pressed={props.isTesting}
          >
            {words.page.test}
          </Button>
        )}
        <Button
          size={isCompact ? 'compact-md' : 'sm'}
          ml={6}
          leftSection={isCompact ? undefined : <IconRocket size={18} />}
          onClick={props.onPublish}
        >
          {words.page.publish}
        </Button>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.page.menu}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {isCompact && (
              <>
                <Menu.Item
                  leftSection={<IconArrowBackUp size={16} />}
                  disabled={!canUndo}
                  onClick={() => editor.undo()}
                >
                  {words.page.undo}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconArrowForwardUp size={16} />}
                  disabled={!canRedo}
                  onClick={() => editor.redo()}
                >
                  {words.page.redo}
                </Menu.Item>
                <Menu.Item leftSection={<IconSearch size={16} />} onClick={props.onSearch}>
                  {words.page.search}
                </Menu.Item>
                <Menu.Item leftSection={<IconLayoutGrid size={16} />} onClick={() => editor.tidy()}>
                  {words.page.layout}
                </Menu.Item>
                <Menu.Item leftSection={<IconChartBar size={16} />} onClick={props.onCounts}>
                  {words.page.counts}
                </Menu.Item>
                <Menu.Divider />
              </>
            )}
            <Menu.Item leftSection={<IconHistory size={16} />} onClick={props.onVersions}>
              {words.page.versions}
            </Menu.Item>
            <Menu.Item leftSection={<IconDownload size={16} />} onClick={props.onExport}>
              {words.page.export}
            </Menu.Item>
            <Menu.Item leftSection={<IconUpload size={16} />} onClick={props.onImport}>
              {words.page.import}
            </Menu.Item>
            <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={() => setKeys(true)}>
              {words.page.shortcuts}
            </Menu.Item>
            {props.isPublished && (
              <>
                <Menu.Divider />
                <Menu.Label>
                  <Status tone="good">{words.page.published}</Status>
                </Menu.Label>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Keys opened={keys} onClose={() => setKeys(false)} />
    </Group>
  );
}
