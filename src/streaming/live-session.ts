import type { LiveEvent, LiveSession, LiveSnapshot } from "../ports/live.ts";
import type { StreamTiming } from "./connection.ts";
import type { StatusTerms } from "./feed-status.ts";
import { openFrames } from "./frames.ts";
import { steadyList, totalsOf } from "./live-picture.ts";
import { type LiveSource, OpenSource } from "./live-source.ts";

export type LiveSessionOptions = StreamTiming &
  StatusTerms & {
    readonly sources: readonly LiveSource[];
    /** Listeners are called at most once in this time; 15 times a second unless told. */
    readonly frameMs?: number;
  };

const FRAME_MS = 66;
/** Prices grow stale although nothing happens. */
const LOOK_MS = 500;
const MOST_EVENTS = 200;

const NOTHING: LiveSnapshot = {
  connections: [],
  quotes: [],
  accounts: [],
  totals: [],
  events: [],
};

/** Keeps what screens show of `sources` up to date until it's closed. */
export function openLiveSession(options: LiveSessionOptions): LiveSession {
  const { clock, frameMs = FRAME_MS } = options;
  const listeners = new Set<() => void>();
  const over = new AbortController();
  let snapshot = NOTHING;
  let events: readonly LiveEvent[] = [];
  const draw = () => {
    const drawn = redrawn(snapshot, sources, events);
    if (drawn === snapshot) return;
    snapshot = drawn;
    for (const listener of listeners) listener();
  };
  const frames = openFrames(draw, { clock, frameMs });
  const onEvent = (event: LiveEvent) => {
    events = [event, ...events].slice(0, MOST_EVENTS);
    frames.request();
  };
  const opened = options.sources.map((source) => {
    const parts = { ...options, onEvent, onChange: frames.request };
    return [source.name, new OpenSource(source, parts)] as const;
  });
  const sources: readonly OpenSource[] = opened.map(([, source]) => source);
  const byName = new Map(opened);
  snapshot = redrawn(snapshot, sources, events);
  void lookOften(frames.request, { clock, signal: over.signal });
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getSnapshot: () => snapshot,
    addInstrument: (connection, instrument) => byName.get(connection)?.add(instrument),
    removeInstrument: (connection, instrument) => byName.get(connection)?.remove(instrument),
    refresh() {
      for (const source of sources) source.refresh();
    },
    async close() {
      over.abort("closed");
      frames.close();
      for (const source of sources) source.close();
    },
  };
}

/** The picture of now; `before` itself when nothing has changed. */
function redrawn(
  before: LiveSnapshot,
  sources: readonly OpenSource[],
  events: readonly LiveEvent[],
): LiveSnapshot {
  const pictures = sources.map((source) => source.picture());
  const connections = steadyList(
    pictures.map(({ connection }) => connection),
    before.connections,
  );
  const quotes = steadyList(
    pictures.flatMap((picture) => picture.quotes),
    before.quotes,
  );
  const accounts = steadyList(
    pictures.flatMap((picture) => picture.accounts),
    before.accounts,
  );
  const isSame =
    connections === before.connections &&
    quotes === before.quotes &&
    accounts === before.accounts &&
    events === before.events;
  if (isSame) return before;
  const totals = accounts === before.accounts ? before.totals : totalsOf(accounts);
  return { connections, quotes, accounts, totals, events };
}

async function lookOften(
  look: () => void,
  { clock, signal }: Pick<LiveSessionOptions, "clock"> & { readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    look();
  }
}
