// What axe finds that somebody could not read or reach.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/** Pages of this context can be looked at by axe. */
export const withAxe = (context) => context.addInitScript(source);

/** The findings, one a line; none is an empty list. What `onlyColours` depends on is all that dark changes. */
export async function findings(page, { onlyColours = false } = {}) {
  const runOnly = onlyColours ? { type: 'rule', values: ['color-contrast'] } : RULES;
  const { violations } = await page.evaluate((what) => globalThis.axe.run(document, { runOnly: what }), runOnly);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 3).map(({ target, html }) => `${id}: ${help}: ${target.join(' ')} ${html.slice(0, 200)}`),
  );
}
