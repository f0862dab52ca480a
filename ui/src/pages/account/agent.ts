const BROWSERS: [name: string, mark: RegExp][] = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|Chromium)\//],
  ['Safari', /\bSafari\//],
];
const SYSTEMS: [name: string, mark: RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
];

/** What a browser calls itself, as people would: `Firefox · Windows`. Nothing when it says neither. */
export function agentName(agent: string): string {
  const named = (all: typeof BROWSERS) => all.find(([, mark]) => mark.test(agent))?.[0];
  const found = [named(BROWSERS), named(SYSTEMS)].filter((name) => name !== undefined);
  return found.length > 0 ? found.join(' · ') : agent.slice(0, 60);
}
