import { Anchor, Group, Image, Stack, Text } from '@mantine/core';
import {
  IconAlertCircle,
  IconCheck,
  IconChecks,
  IconClock,
  IconMapPin,
  IconPaperclip,
  IconPhone,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { useT } from '../i18n';
import { useFormats } from '../i18n/format';
import classes from './messages.module.css';
import { safeUrl, type Part } from './plainText';

type Message = Schemas['MessageView'];
const CHARS_SHOWN = 1_500;

function Rich({ spans }: { spans: Schemas['RichText'] | undefined }) {
  return spans?.map((span, index) => {
    const style = { fontWeight: span.bold ? 600 : undefined, fontStyle: span.italic ? 'italic' : undefined };
    const url = safeUrl(span.link);
    return url ? (
      <Anchor key={index} href={url} target="_blank" rel="noreferrer nofollow" inherit style={style}>
        {span.text}
      </Anchor>
    ) : (
      <span key={index} style={style}>
        {span.text}
      </span>
    );
  });
}

function LongText({ text }: { text: string }) {
  const t = useT();
  const [isWhole, setWhole] = useState(false);
  if (isWhole || text.length <= CHARS_SHOWN) return text;
  return (
    <>
      {text.slice(0, CHARS_SHOWN)}…{' '}
      <Anchor component="button" type="button" inherit onClick={() => setWhole(true)}>
        {t('messages.whole')}
      </Anchor>
    </>
  );
}

function Buttons({ labels }: { labels: string[] }) {
  if (labels.length === 0) return null;
  return (
    <Group gap={6} mt={6}>
      {labels.map((label, index) => (
        <span key={index} className={classes['button']}>
          {label}
        </span>
      ))}
    </Group>
  );
}

function Picture({ url, alt }: { url: string; alt: string }) {
  return (
    <Image
      src={url}
      alt={alt}
      radius="sm"
      maw={280}
      mah={280}
      fit="contain"
      referrerPolicy="no-referrer"
      loading="lazy"
    />
  );
}

function FileLine({ name, url }: { name: string; url?: string | undefined }) {
  return (
    <Group gap={6} wrap="nowrap">
      <IconPaperclip size={16} aria-hidden style={{ flex: 'none' }} />
      {url ? (
        <Anchor href={url} target="_blank" rel="noreferrer nofollow" inherit className="said">
          {name}
        </Anchor>
      ) : (
        <span className="said">{name}</span>
      )}
    </Group>
  );
}

/** A file that the contact sent: pictures are shown, everything is a link. */
function SentFile({ file, url }: { file: Schemas['Attachment']; url: string | undefined }) {
  const t = useT();
  const name = file.name ?? t(`messages.${file.media}`);
  if (file.media !== 'image' || !url) return <FileLine name={name} url={url} />;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer">
      <Picture url={url} alt={name} />
    </Anchor>
  );
}

function Place({ at: [lat = 0, lon = 0] }: { at: readonly number[] }) {
  const place = `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
  return (
    <Group gap={6} wrap="nowrap">
      <IconMapPin size={16} aria-hidden style={{ flex: 'none' }} />
      <Anchor
        href={`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`}
        target="_blank"
        rel="noreferrer nofollow"
        inherit
      >
        {place}
      </Anchor>
    </Group>
  );
}

function PhoneLine({ phone }: { phone: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <IconPhone size={16} aria-hidden style={{ flex: 'none' }} />
      <Anchor href={`tel:${phone}`} inherit>
        {phone}
      </Anchor>
    </Group>
  );
}

function Content({ part, files }: { part: Part; files: readonly (string | null)[] }) {
  const t = useT();
  switch (part.kind) {
    case 'text':
      return (
        <>
          <Text size="sm" className="said" component="div">
            <Rich spans={part.text} />
          </Text>
          <Buttons labels={[...(part.buttons ?? []), ...(part.quick_replies ?? [])].map(({ label }) => label)} />
        </>
      );
    case 'media': {
      const url = safeUrl(part.url);
      return (
        <Stack gap={6}>
          {part.media === 'image' && url ? (
            <Picture url={url} alt={t('messages.image')} />
          ) : (
            <FileLine name={part.name ?? t(`messages.${part.media}`)} url={url} />
          )}
          {part.caption && (
            <Text size="sm" className="said" component="div">
              <Rich spans={part.caption} />
            </Text>
          )}
          <Buttons labels={[...(part.buttons ?? []), ...(part.quick_replies ?? [])].map(({ label }) => label)} />
        </Stack>
      );
    }
    case 'gallery':
      return (
        <Stack gap="sm">
          {part.cards.map((card, index) => (
            <Stack key={index} gap={2}>
              {safeUrl(card.image) && <Picture url={safeUrl(card.image) ?? ''} alt="" />}
              <Text size="sm" fw={600} className="said">
                {card.title}
              </Text>
              {card.subtitle && (
                <Text size="sm" className="said">
                  {card.subtitle}
                </Text>
              )}
              <Buttons labels={(card.buttons ?? []).map(({ label }) => label)} />
            </Stack>
          ))}
        </Stack>
      );
    case 'inbound':
      return (
        <Stack gap={4}>
          {part.text && (
            <Text size="sm" className="said" component="div">
              <LongText text={part.text} />
            </Text>
          )}
          {part.attachments?.map((file, index) => (
            <SentFile key={index} file={file} url={files[index] ?? undefined} />
          ))}
          {part.location && <Place at={part.location} />}
          {part.phone && <PhoneLine phone={part.phone} />}
        </Stack>
      );
  }
}

const MARKS = {
  queued: IconClock,
  sent: IconCheck,
  delivered: IconChecks,
  read: IconChecks,
  failed: IconAlertCircle,
  cancelled: IconAlertCircle,
} as const;

function State({ message }: { message: Message }) {
  const t = useT();
  if (message.status === 'received') return null;
  const Mark = MARKS[message.status];
  const isBad = message.status === 'failed' || message.status === 'cancelled';
  const color = isBad ? 'var(--recado-bad)' : message.status === 'read' ? 'var(--recado-json-key)' : undefined;
  return (
    <Group gap={3} wrap="nowrap" c={color} title={t(`messages.${message.status}`)} component="span">
      <Mark size={14} aria-hidden />
      <span>{t(`messages.${message.status}`)}</span>
    </Group>
  );
}

/** One message: of the contact on the left, of the bot or an agent on the right. */
export function MessageBubble({ message }: { message: Message }) {
  const formats = useFormats();
  const t = useT();
  const isOut = message.direction === 'out';
  const author = message.sent_by;
  return (
    <div className={`${classes['message']} ${isOut ? classes['out'] : ''}`}>
      <div className={classes['bubble']}>
        <Content part={message.part} files={message.files ?? []} />
      </div>
      {message.error && (
        <Text size="xs" c="var(--recado-bad)" className="said">
          {message.error}
        </Text>
      )}
      <Group gap={8} fz="xs" c="dimmed" className={classes['meta']}>
        {isOut && (
          <span>{author ? `${author.firstname} ${author.lastname}`.trim() || author.email : t('messages.bot')}</span>
        )}
        <time dateTime={message.at} title={formats.full(message.at)}>
          {formats.brief(message.at) === formats.clock(message.at)
            ? formats.clock(message.at)
            : `${formats.brief(message.at)}, ${formats.clock(message.at)}`}
        </time>
        {isOut && <State message={message} />}
      </Group>
    </div>
  );
}
