import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Key } from './en';

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
  /** Whether there is a text of that key. */
  has(key: string): key is Key;
  language: Language;
}

export type Dictionary = Record<Key, string>;

/** Only the language that is spoken is loaded. */
export const loadWords = (language: Language): Promise<Dictionary> =>
  language === 'es' ? import('./es').then(({ es }) => es) : import('./en').then(({ en }) => en);

const STORED_AS = 'recado.language';

export function fill(text: string, params?: Params): string {
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text;
}

export function createT(language: Language, words: Dictionary): T {
  const plural = new Intl.PluralRules(language);
  const count = new Intl.NumberFormat(language);
  const t = ((key, params) => fill(words[key], params)) as T;
  t.many = (key, amount, params) => {
    const form = plural.select(amount) === 'one' ? 'one' : 'other';
    return fill(words[`${key}_${form}` as Key], { count: count.format(amount), ...params });
  };
  t.has = (key): key is Key => Object.hasOwn(words, key);
  t.language = language;
  return t;
}

/** What was spoken last in this browser, or else what the browser prefers. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === 'en' || stored === 'es') return stored;
  return navigator.language.toLowerCase().startsWith('es') ? 'es' : 'en';
}

interface Choice {
  t: T;
  choose: (language: Language) => void;
  /** Takes the language of the member who signed in. */
  suggest: (language: string) => void;
}

const LanguageContext = createContext<Choice | null>(null);

interface Spoken {
  language: Language;
  words: Dictionary;
}

export function LanguageProvider({ first, children }: { first: Spoken; children: ReactNode }) {
  const [spoken, setSpoken] = useState(first);
  const { language } = spoken;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(() => {
    const speak = async (next: Language) => setSpoken({ language: next, words: await loadWords(next) });
    return {
      t: createT(spoken.language, spoken.words),
      choose: (chosen: Language) => {
        localStorage.setItem(STORED_AS, chosen);
        void speak(chosen);
      },
      suggest: (wanted: string) => {
        if (wanted !== 'en' && wanted !== 'es') return;
        localStorage.setItem(STORED_AS, wanted);
        if (wanted !== spoken.language) void speak(wanted);
      },
    };
  }, [spoken]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): Choice {
  const choice = use(LanguageContext);
  if (!choice) throw new Error('useLanguage needs a LanguageProvider');
  return choice;
}

export const useT = (): T => useLanguage().t;
