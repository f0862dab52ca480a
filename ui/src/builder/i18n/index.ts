import { useT } from '../../i18n';
import { en, type Words } from './en';
import { es } from './es';

export type { Words };

/** The builder's words in the language of the app. */
export const wordsOf = (language: string): Words => (language === 'es' ? es : en);

export function useWords(): Words {
  return wordsOf(useT().language);
}
