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
 * @throws Refusal 400 for a parameter that can't be read.
 */
export function pageOf<T extends Entry>(
  call: AccountCall,
  entries: readonly T[],
  instrumentOf: (entry: T) => string | undefined,
): Page<T> {
  const { query } = call;
  const wanted = listOf(query, "ids");
  const instrument = query.get("instrument");
  const beforeId = idOf(query, "beforeID");
  const count = countOf(query, "count", COUNT);
  const fitting = entries.filter(
    (entry) =>
      (wanted === undefined || isNamed(entry, wanted)) &&
      (!instrument || instrumentOf(entry) === instrument) &&
      (beforeId === undefined || entry.id < beforeId),
  );
  const shown = fitting.slice(0, count);
  const last = shown.at(-1);
  const hasMore = last !== undefined && fitting.length > count;
  return { entries: shown, headers: hasMore ? { Link: nextLink(call, last.id) } : {} };
}

function isNamed({ id, clientExtensions }: Entry, wanted: readonly string[]): boolean {
  return wanted.includes(String(id)) || wanted.includes(`@${clientExtensions?.id}`);
}

function nextLink({ url, path, query }: AccountCall, beforeId: number): string {
  const parameters = new URLSearchParams([...query].filter(([name]) => name !== "beforeID"));
  parameters.set("beforeID", String(beforeId));
  return `<${url}${path}?${parameters}>; rel="next"`;
}
