import { useT } from '.';
import { en, type Key } from './en';

const isKey = (key: string): key is Key => key in en;

/** A line of the log, or a note of a test. */
export interface LogLine {
  code: string;
  /** The server's own words, in English. */
  text: string;
}

/** What a line says in the language of the page, and the server's words beside it where they tell more. */
export function useLogWords() {
  const t = useT();
  return ({ code, text }: LogLine): { said: string; detail: string | null } => {
    const key = `log.${code}`;
    if (code === 'members_told') return { said: t('log.members_told', { text }), detail: null };
    if (t.language === 'en' || !isKey(key)) return { said: text, detail: null };
    return { said: t(key), detail: text };
  };
}
