import type { Schemas } from '../../api/client';

type Flow = Schemas['FlowView'];

export interface Folder {
  /** Nothing: the flows that are in no folder. */
  name: string | null;
  flows: Flow[];
}

/** The flows by folder: those in none come first, then the folders by name. */
export function foldersOf(flows: readonly Flow[], language: string): Folder[] {
  const byName = new Map<string | null, Flow[]>();
  for (const flow of flows) {
    const name = flow.folder ?? null;
    byName.set(name, [...(byName.get(name) ?? []), flow]);
  }
  const { compare } = new Intl.Collator(language, { numeric: true });
  return [...byName]
    .map(([name, inside]) => ({ name, flows: inside }))
    .sort((a, b) => (a.name === null ? -1 : b.name === null ? 1 : compare(a.name, b.name)));
}

/** The flows whose name or folder has the words in it. */
export function found(flows: readonly Flow[], words: string): Flow[] {
  const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const wanted = plain(words.trim());
  return flows.filter(({ name, folder }) => plain(`${name}\n${folder ?? ''}`).includes(wanted));
}
