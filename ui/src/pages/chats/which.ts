/** Chats that somebody is asked to look at, those of them that are one's own, or all. */
export const WHICH = ['open', 'mine', 'all'] as const;
export type Which = (typeof WHICH)[number];
