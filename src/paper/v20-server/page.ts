import type { AccountCall } from "./call.ts";
import { countOf, idOf, listOf } from "./query.ts";

type Entry = {
  readonly id: number;
  readonly clientExtensions: { readonly id: string | null } | null;
};

type Page<T> = {
  readonly entries: readonly T[];
  /** Where older ones follow, a link to them. */
  readonly headers: Readonly<Record<string, string>>;
};

const COUNT = { fallback: 50, maximum: 500 } as const;

/**
 * The part of `entries`, which are newest first, that a list request asks for by ids, instrument, beforeID and count.
 * It stops where the page is full. @throws Refusal 400 for a parameter that can't be read.
 */
export function pageOf<T extends Entry>(
  call: AccountCall,
  entries: Iterable<T>,
  instrumentOf: (entry: T) => string | undefined,
): Page<T> {
  const { query } = call;
  const names = listOf(query, "ids");
  const wanted = names && new Set(names);
  const instrument = query.get("instrument");
  const beforeId = idOf(query, "beforeID") ?? Infinity;
  const count = countOf(query, "count", COUNT);
  const shown: T[] = [];
  for (const entry of entries) {
    const isWanted =
      entry.id < beforeId &&
      (!wanted || isNamed(entry, wanted)) &&
      (!instrument || instrumentOf(entry) === instrument);
    const last = shown.at(-1);
    if (isWanted && last && shown.length === count) {
      return { entries: shown, headers: { Link: nextLink(call, last.id) } };
    }
    if (isWanted) shown.push(entry);
  }
  return { entries: shown, headers: {} };
}

/** Those of `entries` that pass, looked at only as far as they are asked for. */
export function* matching<T>(entries: Iterable<T>, passes: (entry: T) => boolean): Iterable<T> {
  for (const entry of entries) if (passes(entry)) yield entry;
}

function isNamed({ id, clientExtensions }: Entry, wanted: ReadonlySet<string>): boolean {
  return wanted.has(String(id)) || wanted.has(`@${clientExtensions?.id}`);
}

function nextLink({ url, path, query }: AccountCall, beforeId: number): string {
  const parameters = new URLSearchParams([...query].filter(([name]) => name !== "beforeID"));
  parameters.set("beforeID", String(beforeId));
  return `<${url}${path}?${parameters}>; rel="next"`;
}
