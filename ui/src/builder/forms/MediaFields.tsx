import { Button, FileButton, Image, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { use, useState } from 'react';
import { tellInLine } from '../../api/problem';
import { useT } from '../../i18n';
import { uploadFile } from '../calls';
import { BotId } from '../context';
import { TemplateField } from '../fields/texts';
import { useWords } from '../i18n';
import type { MediaKind, MediaPart } from '../model/document';
import { put } from '../model/operations';
import { ButtonRows, QuickReplyRows } from './buttons';
import type { PartProps } from './MessageForm';

const ACCEPTS: Record<MediaKind, string> = { image: 'image/*', video: 'video/*', audio: 'audio/*', file: '*' };

/** Keeps a file at the server and tells its URL. */
export function UploadButton({
  accept,
  onUploaded,
}: {
  accept: string;
  onUploaded: (file: { url: string; name: string }) => void;
}) {
  const words = useWords();
  const t = useT();
  const botId = use(BotId);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const upload = async (file: File | null) => {
    if (file === null) return;
    setBusy(true);
    setFailed(null);
    try {
      onUploaded(await uploadFile(botId, file));
    } catch (error) {
      setFailed(tellInLine(error, t));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <FileButton onChange={(file) => void upload(file)} accept={accept}>
        {(props) => (
          <Button {...props} variant="default" size="compact-sm" loading={busy} leftSection={<IconUpload size={14} />}>
            {words.message.upload}
          </Button>
        )}
      </FileButton>
      {failed !== null && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4} role="alert">
          {failed}
        </Text>
      )}
    </div>
  );
}

const isShown = (url: string) => /^https?:\/\//.test(url) && !url.includes('{{');

export function MediaFields({ part, path, element, change }: PartProps<MediaPart>) {
  const words = useWords();
  return (
    <>
      <TemplateField
        path={`${path}.url`}
        label={words.message.url}
        placeholder="https://"
        value={part.url}
        onChange={(url) => change({ ...part, url }, 'url')}
        required
      />
      <UploadButton
        accept={ACCEPTS[part.kind]}
        onUploaded={({ url, name }) =>
          change(part.kind === 'file' && !part.name ? { ...part, url, name } : { ...part, url })
        }
      />
      {part.kind === 'image' && isShown(part.url) && (
        <Image src={part.url} alt="" mah={140} w="auto" fit="contain" radius="sm" style={{ alignSelf: 'flex-start' }} />
      )}
      <TemplateField
        path={`${path}.caption`}
        label={words.message.caption}
        value={part.caption ?? ''}
        onChange={(caption) => change(put(part, { caption: caption === '' ? undefined : caption }), 'caption')}
        lines={1}
        markup
      />
      {(part.kind === 'file' || part.name) && (
        <TemplateField
          path={`${path}.name`}
          label={words.message.fileName}
          value={part.name ?? ''}
          onChange={(name) => change(put(part, { name: name === '' ? undefined : name }), 'name')}
        />
      )}
      <ButtonRows path={`${path}.buttons`} part={part} element={element} change={change} />
      <QuickReplyRows path={`${path}.quick_replies`} part={part} element={element} change={change} />
    </>
  );
}
