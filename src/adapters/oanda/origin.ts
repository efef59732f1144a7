import { usageFailure } from "../../core/failures.ts";
import type { OrderOrigin } from "../../core/order.ts";
import type { ClientExtensions } from "./wire-values.ts";

/** OANDA keeps at most so many characters of an id, a tag or a comment. */
const LONGEST_LABEL = 128;
/** What may stand in a tag as it is; the rest is percent-encoded. */
const PLAIN = /[^A-Za-z0-9_.:/@+-]/gu;

const NOBODY: OrderOrigin = { signalId: null, agent: null, comment: null };

export type Labels = { readonly id: string; readonly tag?: string; readonly comment?: string };

/**
 * The labels that travel with an order: our id, `signal=…;agent=…`, and the comment.
 * @throws Failure USAGE when the broker can't keep them whole.
 */
export function toLabels(id: string, origin: OrderOrigin): Labels {
  const tag = [
    ...(origin.signalId === null ? [] : [`signal=${encode(origin.signalId)}`]),
    ...(origin.agent === null ? [] : [`agent=${encode(origin.agent)}`]),
  ].join(";");
  const { comment } = origin;
  for (const [name, text] of [
    ["client order id", id],
    ["signal and agent", tag],
    ["comment", comment],
  ]) {
    if (text && text.length > LONGEST_LABEL) throw tooLong(name ?? "label", text.length);
  }
  return { id, ...(tag === "" ? {} : { tag }), ...(comment === null ? {} : { comment }) };
}

/** Who asked for an order, read back; a tag that isn't ours names nobody. */
export function toOrigin(labels: ClientExtensions | null | undefined): OrderOrigin {
  if (!labels) return NOBODY;
  const parts = (labels.tag ?? "").split(";");
  return {
    signalId: valueIn(parts, "signal="),
    agent: valueIn(parts, "agent="),
    comment: labels.comment ?? null,
  };
}

function encode(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(PLAIN, (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    );
}

function valueIn(parts: readonly string[], key: string): string | null {
  const part = parts.find((each) => each.startsWith(key))?.slice(key.length);
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    // Another program's tag that looks like ours: shown as it is.
    return part;
  }
}

function tooLong(name: string, length: number) {
  return usageFailure(
    `The ${name} of the order is ${length} characters long, and OANDA keeps ${LONGEST_LABEL}. Nothing was sent.`,
    "Shorten it; anything but plain letters and digits counts threefold or more in signal and agent.",
  );
}
