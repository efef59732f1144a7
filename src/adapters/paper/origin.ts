import type { OrderOrigin } from "../../core/order.ts";
import type { ClientExtensions } from "../../paper/engine/types.ts";

const NOBODY: OrderOrigin = { signalId: null, agent: null, comment: null };
/** What would end a part of the tag, or can't be printed. */
const SPECIAL = /[%;\p{Cc}]/gu;

/** The labels that travel with an order: our id, `signal=…;agent=…`, and the comment. */
export function toLabels(id: string, origin: OrderOrigin): ClientExtensions {
  const { signalId, agent, comment } = origin;
  const parts = [
    ...(signalId === null ? [] : [`signal=${encode(signalId)}`]),
    ...(agent === null ? [] : [`agent=${encode(agent)}`]),
  ];
  return { id, tag: parts.length === 0 ? null : parts.join(";"), comment };
}

/** Who asked for an order, read back from its labels. */
export function toOrigin(labels: ClientExtensions | null | undefined): OrderOrigin {
  if (!labels) return NOBODY;
  if (labels.tag === null) return { ...NOBODY, comment: labels.comment };
  const parts = labels.tag.split(";");
  return {
    signalId: partOf(parts, "signal="),
    agent: partOf(parts, "agent="),
    comment: labels.comment,
  };
}

function encode(text: string): string {
  return text.toWellFormed().replaceAll(SPECIAL, encodeURIComponent);
}

function partOf(parts: readonly string[], key: string): string | null {
  const part = parts.find((each) => each.startsWith(key));
  return part === undefined ? null : decodeURIComponent(part.slice(key.length));
}
