import { createContext, use, useEffect, useEffectEvent, useMemo, useRef, useState, type ReactNode } from 'react';
import { api, type Schemas } from '../api/client';
import { EVENT_KINDS } from '../api/kinds';

export type LiveEvent = Schemas['EventView'];

/** Gets null when something changed that is no event: a chat was assigned, a message was delivered, a webhook was tried. */
type Listener = (event: LiveEvent | null) => void;

interface Live {
  /** undefined until it is known. */
  connected: boolean | undefined;
  listen: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live>({ connected: undefined, listen: () => () => undefined });

function isLiveEvent(value: unknown): value is LiveEvent {
  return typeof value === 'object' && value !== null && 'event' in value && 'contact_id' in value;
}

/**
 * Follows a bot's events by one stream for the whole page. The browser reconnects by itself and asks for what it
 * missed; where it gives up (a proxy answered with an error, or the session ended), this opens the stream anew. A stream
 * does not say why it was refused: a call beside it does, and leads to the sign-in page when the session is over.
 */
export function LiveEvents({ botId, children }: { botId: string; children: ReactNode }) {
  const listeners = useRef(new Set<Listener>());
  const [connected, setConnected] = useState<boolean>();

  useEffect(() => {
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const hear = (message: MessageEvent<string>) => {
      try {
        const event: unknown = JSON.parse(message.data);
        if (isLiveEvent(event)) for (const listener of listeners.current) listener(event);
      } catch {
        // A line that is not JSON is none of ours.
      }
    };
    const open = () => {
      source = new EventSource(`/api/v1/events/live?bot_id=${encodeURIComponent(botId)}&changes=true`);
      source.onopen = () => setConnected(true);
      source.onerror = () => {
        setConnected(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        retry = setTimeout(open, 5_000);
        api.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId } } }).catch(() => undefined);
      };
      for (const kind of EVENT_KINDS) source.addEventListener(kind, hear);
      source.addEventListener('changed', () => {
        for (const listener of listeners.current) listener(null);
      });
    };
    open();
    return () => {
      clearTimeout(retry);
      source?.close();
      setConnected(undefined);
    };
  }, [botId]);

  const live = useMemo<Live>(
    () => ({
      connected,
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [connected],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export const useLiveConnected = () => use(LiveContext).connected;

function useLive(listener: Listener) {
  const { listen } = use(LiveContext);
  const hear = useEffectEvent(listener);
  useEffect(() => listen((event) => hear(event)), [listen]);
}

/** Calls back on every event of the bot. */
export function useLiveEvent(listener: (event: LiveEvent) => void) {
  useLive((event) => event && listener(event));
}

/** Calls back after events that concern it and after changes, at most once in `everyMs`: for lists that are read anew. */
export function useLiveRefresh(
  refresh: () => void,
  everyMs = 1_000,
  concerns: (event: LiveEvent) => boolean = () => true,
) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useLive((event) => {
    if (timer.current !== undefined || (event && !concerns(event))) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      refresh();
    }, everyMs);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
}
