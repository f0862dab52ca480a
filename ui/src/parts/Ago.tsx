import { useFormats } from '../i18n/format';

/** How long ago, with the exact moment when pointed at. */
export function Ago({ at, brief = false }: { at: string; brief?: boolean }) {
  const formats = useFormats();
  return (
    <time dateTime={at} title={formats.full(at)} style={{ whiteSpace: 'nowrap' }}>
      {brief ? formats.brief(at) : formats.ago(at)}
    </time>
  );
}
