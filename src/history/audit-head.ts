import { hash } from "node:crypto";
import type { Instant } from "../core/time.ts";
import type { AuditHead } from "../ports/audit-anchor.ts";
import { countOf, parseFields, textOf } from "./json-fields.ts";

const HASH = /^[0-9a-f]{64}$/;

/** The sum is that of `[0]`: written out, because loading what computes it takes longer than most commands do. */
const BEGUN = JSON.stringify({
  sequence: 0,
  sum: "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
});

/** A head as one line of text that shows when it was damaged; null before the first entry. */
export function headText(head: AuditHead | null): string {
  if (head === null) return BEGUN;
  const { chain, sequence, hash: newest, at } = head;
  return JSON.stringify({
    chain,
    sequence,
    hash: newest,
    at,
    sum: sumOf([chain, sequence, newest, at]),
  });
}

/** @throws RangeError when the text is not one of `headText`. */
export function parseHead(text: string): AuditHead | null {
  if (text === BEGUN) return null;
  const fields = parseFields(text);
  const chain = textOf(fields, "chain");
  const sequence = countOf(fields, "sequence");
  const head = textOf(fields, "hash");
  const at = textOf(fields, "at");
  const isWhole = textOf(fields, "sum") === sumOf([chain, sequence, head, at]);
  if (!isWhole || !HASH.test(chain) || !HASH.test(head)) {
    throw new RangeError("it doesn't fit its checksum");
  }
  return { chain, sequence, hash: head, at: at as Instant };
}

function sumOf(parts: readonly (string | number)[]): string {
  return hash("sha256", parts.join("\n"));
}
