import { Box, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useT } from '../i18n';
import { Copy } from './Copy';
import { entriesOf, foldedText, isBranch, opensAtFirst, readBody, type Json } from './jsonTree';

function Leaf({ value }: { value: Json }) {
  if (typeof value === 'string') return <span className="json-text">{JSON.stringify(value)}</span>;
  return <span className="json-number">{String(value)}</span>;
}

function Node({ name, value, depth, last }: { name: string | null; value: Json; depth: number; last: boolean }) {
  const t = useT();
  const [open, setOpen] = useState(() => isBranch(value) && opensAtFirst(depth, value));
  const label = name === null ? null : <span className="json-key">{JSON.stringify(name)}: </span>;
  const comma = last ? '' : ',';
  if (!isBranch(value) || entriesOf(value).length === 0) {
    return (
      <div className="json-line">
        {label}
        {isBranch(value) ? Array.isArray(value) ? '[]' : '{}' : <Leaf value={value} />}
        {comma}
      </div>
    );
  }
  const [left, right] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const entries = entriesOf(value);
  return (
    <div>
      <button
        type="button"
        className="json-fold"
        aria-expanded={open}
        aria-label={`${t(open ? 'json.fold' : 'json.unfold')} ${name ?? foldedText(value)}`}
        onClick={() => setOpen(!open)}
      >
        {open ? '▾' : '▸'}
      </button>
      {label}
      {open ? left : foldedText(value) + comma}
      {open && (
        <>
          <Box pl="1em">
            {entries.map(([key, item], index) => (
              <Node key={key ?? index} name={key} value={item} depth={depth + 1} last={index === entries.length - 1} />
            ))}
          </Box>
          <div className="json-line">
            {right}
            {comma}
          </div>
        </>
      )}
    </div>
  );
}

/** A body: JSON coloured and folded, anything else as its text. */
export function BodyView({
  text,
  contentType,
  title,
  of,
}: {
  text: string;
  contentType?: string | undefined;
  title: string;
  /** What it is the body of, where there are two. */
  of?: string;
}) {
  const t = useT();
  const body = readBody(text, contentType);
  return (
    <Box>
      <Group justify="space-between" mb={4} mih={28}>
        <Text size="xs" c="dimmed" fw={500}>
          {title}
        </Text>
        {text && <Copy value={'json' in body ? JSON.stringify(body.json, null, 2) : text} label={t('json.copy')} />}
      </Group>
      <div className="code" tabIndex={0} role="region" aria-label={of ? `${of}: ${title}` : title} dir="ltr">
        {'json' in body ? (
          <Node name={null} value={body.json} depth={0} last />
        ) : (
          body.text || (
            <Text c="dimmed" inherit component="span">
              {t('json.empty')}
            </Text>
          )
        )}
      </div>
    </Box>
  );
}
