import { distanceText } from "../core/distance.ts";
import type { ExitRequest, OrderDraft, OrderSize } from "./order-draft.ts";

/** What is compared of two orders of one signal: each part as text, null where it isn't asked for. */
type Content = Readonly<Record<string, string | null>>;

/** What a signal asks for, as canonical JSON: the same order always gives the same text, however it was written. */
export function signalContent(draft: OrderDraft, instrument: string): string {
  return JSON.stringify(contentOf(draft, instrument));
}

/** The first part in which two contents differ, in words: `units was 1000 and is now 2000`. */
export function differenceOf(earlier: string, now: string): string | null {
  if (earlier === now) return null;
  const [before, after] = [earlier, now].map((text) => JSON.parse(text) as Content);
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const name = names.find((each) => before?.[each] !== after?.[each]);
  if (name === undefined) return null;
  return `${name} was ${before?.[name] ?? "not given"} and is now ${after?.[name] ?? "not given"}`;
}

/** Keys are those of a signal's line, where it has them. */
function contentOf(draft: OrderDraft, instrument: string): Content {
  const { terms, origin } = draft;
  const waits = terms.type === "market" ? null : terms;
  return {
    instrument,
    side: draft.side,
    ...sizeOf(draft.size),
    type: terms.type,
    price: waits?.price.toString() ?? null,
    stopLoss: exitOf(draft.stopLoss),
    guaranteed: draft.isStopGuaranteed ? "yes" : null,
    takeProfit: exitOf(draft.takeProfit),
    trailingStop: exitOf(draft.trailingStop),
    maxSlippage: exitOf(draft.maxSlippage),
    timeInForce: terms.timeInForce,
    expiresAt: waits?.expiresAt ?? null,
    reduceOnly: draft.reduceOnly ? "yes" : null,
    agent: origin.agent,
    comment: origin.comment,
  };
}

function sizeOf(size: OrderSize): Content {
  switch (size.kind) {
    case "units":
      return { units: size.units.toString(), risk: null };
    case "risk_amount":
      return { units: null, risk: size.amount.toString() };
    case "risk_percent":
      return { units: null, risk: `${size.percent}%` };
  }
}

function exitOf(exit: ExitRequest | null): string | null {
  if (exit === null) return null;
  return exit.kind === "default" ? "default" : distanceText(exit);
}
