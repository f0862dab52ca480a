import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en, type Key } from './en';
import { es } from './es';

export type { Key };
export type Language = 'en' | 'es';
export const languages: readonly Language[] = ['en', 'es'];

/** Each language in its own words. */
export const languageNames: Record<Language, string> = { en: 'English', es: 'Español' };

type Params = Record<string, string | number>;
type PluralKey = Extract<Key, `${string}_other`> extends `${infer Stem}_other` ? Stem : never;

/** Says a text in the chosen language; `many` chooses between one and other by the count. */
export interface T {
  (key: Key, params?: Params): string;
  many(key: PluralKey, count: number, params?: Params): string;
  language: Language;
}

const dictionaries: Record<Language, Record<Key, string>> = { en, es };
const STORED_AS = 'recado.language';

export function fill(text: string, params?: Params): string {
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

export function createT(language: Language): T {
  const words = dictionaries[language];
  const plural = new Intl.PluralRules(language);
  const count = new Intl.NumberFormat(language);
  const t = ((key, params) => fill(words[key], params)) as T;
  t.many = (key, amount, params) => {
    const form = plural.select(amount) === 'one' ? 'one' : 'other';
    return fill(words[`${key}_${form}` as Key], { count: count.format(amount), ...params });
  };
  t.language = language;
  return t;
}

/** What the person chose in this browser, or else what the browser prefers. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === 'en' || stored === 'es') return stored;
  return navigator.language.toLowerCase().startsWith('es') ? 'es' : 'en';
}

export const hasChosenLanguage = () => localStorage.getItem(STORED_AS) !== null;

interface Choice {
  t: T;
  choose: (language: Language) => void;
  /** Takes the member's language, unless another was chosen in this browser. */
  suggest: (language: string) => void;
}

const LanguageContext = createContext<Choice | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(preferredLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(STORED_AS, chosen);
    setLanguage(chosen);
  }, []);
  const suggest = useCallback((wanted: string) => {
    if (!hasChosenLanguage() && (wanted === 'en' || wanted === 'es')) setLanguage(wanted);
  }, []);
  const value = useMemo(() => ({ t: createT(language), choose, suggest }), [language, choose, suggest]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): Choice {
  const choice = use(LanguageContext);
  if (!choice) throw new Error('useLanguage needs a LanguageProvider');
  return choice;
}

export const useT = (): T => useLanguage().t;
