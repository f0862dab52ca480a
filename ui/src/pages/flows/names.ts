const CHARS_MAX = 128;

/** The name itself, or the first of "name (copy)", "name (copy) 2", … that no flow has. */
export function freeName(name: string, copyOf: (name: string) => string, taken: readonly string[]): string {
  const used = new Set(taken);
  if (!used.has(name)) return name;
  const short = [...name].slice(0, CHARS_MAX - 16).join('');
  const copy = copyOf(short);
  if (!used.has(copy)) return copy;
  for (let count = 2; ; count += 1) if (!used.has(`${copy} ${count}`)) return `${copy} ${count}`;
}
