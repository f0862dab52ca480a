import { useMemo } from 'react';
import { useT } from '.';
import type { Language } from '.';

const MINUTE = 60_000;
const STEPS: [limitMs: number, unitMs: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [MINUTE, 1_000, 'second'],
  [60 * MINUTE, MINUTE, 'minute'],
  [24 * 60 * MINUTE, 60 * MINUTE, 'hour'],
  [30 * 24 * 60 * MINUTE, 24 * 60 * MINUTE, 'day'],
];

/** How numbers, moments and spans are written in a language. */
export function formats(language: Language) {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  const short = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  return {
    number: (value: number) => number.format(value),
    /** 0.5 as 50 %. */
    percent: (share: number) => percent.format(share),
    full: (at: string | Date) => full.format(new Date(at)),
    day: (at: string | Date) => day.format(new Date(at)),
    clock: (at: string | Date) => clock.format(new Date(at)),
    /** The clock for today, the date for earlier days. */
    brief: (at: string, now = new Date()) => {
      const date = new Date(at);
      return date.toDateString() === now.toDateString() ? clock.format(date) : short.format(date);
    },
    ago: (at: string, now = Date.now()) => {
      const span = new Date(at).getTime() - now;
      const step = STEPS.find(([limit]) => Math.abs(span) < limit);
      return step ? relative.format(Math.trunc(span / step[1]), step[2]) : day.format(new Date(at));
    },
    isAhead: (at: string, now = Date.now()) => new Date(at).getTime() > now,
    /** Microseconds as milliseconds or seconds. */
    duration: (us: number) =>
      us >= 1_000_000 ? `${(us / 1_000_000).toFixed(2)} s` : `${(us / 1_000).toFixed(us < 10_000 ? 1 : 0)} ms`,
    bytes: (bytes: number) =>
      bytes < 1_024
        ? `${bytes} B`
        : bytes < 1_048_576
          ? `${(bytes / 1_024).toFixed(1)} KiB`
          : bytes < 1_073_741_824
            ? `${(bytes / 1_048_576).toFixed(1)} MiB`
            : `${(bytes / 1_073_741_824).toFixed(1)} GiB`,
  };
}

export function useFormats() {
  const { language } = useT();
  return useMemo(() => formats(language), [language]);
}
