import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useT } from '../i18n';
import { copyText } from './copyText';

const SHOWN_MS = 1_500;

export function Copy({ value, label }: { value: string; label?: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const says = copied ? t('do.copied') : (label ?? t('do.copy'));
  return (
    <Tooltip label={says}>
      <ActionIcon variant="subtle" color="gray" onClick={() => void copyText(value).then(setCopied)} aria-label={says}>
        {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A line to copy: a command, a URL, a secret. */
export function CopyLine({ value, label }: { value: string; label?: string }) {
  return (
    <Group gap="xs" wrap="nowrap" className="code" py={4} align="center">
      <Text component="code" ff="monospace" fz="inherit" flex={1} style={{ overflowWrap: 'anywhere' }} dir="ltr">
        {value}
      </Text>
      <Copy value={value} {...(label ? { label } : {})} />
    </Group>
  );
}
