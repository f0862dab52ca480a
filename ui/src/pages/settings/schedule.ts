const UNITS = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000, ms: 1 } as const;

type Unit = keyof typeof UNITS;

/** What stands in an empty field: the schedule that a webhook has when it has none of its own. */
export const USUAL_SCHEDULE = '5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, 10 h';

/** A schedule of no delay at all. */
const NO_RETRY = '-';

const DELAYS_MAX = 20;
const DELAY_MS_MAX = UNITS.d;

/** Delays as a person writes them, each in the largest unit that says it in whole numbers. */
export function scheduleText(delays: readonly number[]): string {
  return delays.length === 0 ? NO_RETRY : delays.map(delayText).join(', ');
}

function delayText(ms: number): string {
  const units = Object.entries(UNITS) as [Unit, number][];
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / size} ${unit}`;
}

/** The delays that were typed, in milliseconds; undefined when one can not be read or they are past the limits. */
export function parseSchedule(text: string): number[] | undefined {
  if (text.trim() === NO_RETRY) return [];
  const delays = text.split(',').map((part) => {
    const found = /^\s*(\d{1,9})\s*(d|h|min|s|ms)\s*$/i.exec(part);
    return found ? Number(found[1]) * UNITS[found[2]?.toLowerCase() as Unit] : NaN;
  });
  const isValid = delays.length <= DELAYS_MAX && delays.every((delay) => delay <= DELAY_MS_MAX);
  return isValid ? delays : undefined;
}
