import type { Schemas } from '../api/client';

export type Part = Schemas['Part'];

/** Only what a browser may safely follow: never `javascript:` and its like. */
export function safeUrl(url: string | null | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url, window.location.origin);
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

export const richText = (spans: Schemas['RichText'] | undefined) => (spans ?? []).map(({ text }) => text).join('');

/** A message as one line. */
export function plainText(part: Part): string {
  switch (part.kind) {
    case 'text':
      return richText(part.text);
    case 'media':
      return richText(part.caption) || part.name || part.media;
    case 'gallery':
      return part.cards.map(({ title }) => title).join(' · ');
    case 'inbound':
      return part.text || (part.attachments ?? []).map(({ name, media }) => name ?? media).join(', ');
  }
}
