import type { Decimal } from "../../../core/money.ts";
import type { LiveEvent } from "../../../ports/live.ts";
import { grouped, signedMoney } from "../../output/numbers.ts";
import type { Grid } from "../grid.ts";
import { eventRows, quoteOf } from "../rows.ts";
import { fitted, foreign, type Line, type Span, span } from "../spans.ts";
import type { WatchSnapshot } from "../watch-desk.ts";
import { gainSpan, type PanelView } from "./view.ts";
import { priceText } from "./watchlist.ts";

/** Fills, cancels, financing and what befell the connections, newest first. */
export function activity({ snapshot, state, times }: PanelView, width: number): Grid {
  const head: Line = [span("ACTIVITY", "heading")];
  const rows = eventRows(snapshot, state).map((event) =>
    fitted(eventLine(event, { snapshot, times }), width),
  );
  return { head, rows };
}

/** One event in words, with its time. */
export function eventLine(
  event: LiveEvent,
  { snapshot, times }: Pick<PanelView, "snapshot" | "times">,
): Line {
  const time = event.kind === "transaction" ? event.transaction.time : event.receivedAt;
  const clock = span(`${times.clock(time)} `, "dim");
  if (event.kind === "status") {
    const detail = event.detail ? `: ${event.detail}` : "";
    const word = event.status.replaceAll("_", " ");
    return [clock, foreign(`${event.connection} ${word}${detail}`, statusRole(event.status))];
  }
  const late = event.isBackfilled ? [span(" (missed, read later)", "dim")] : [];
  return [clock, ...transactionSpans(event, snapshot), ...late];
}

function statusRole(status: string): Span["role"] {
  return status === "failed" || status === "reconnecting" ? "warning" : "dim";
}

type TransactionEvent = Extract<LiveEvent, { readonly kind: "transaction" }>;

function transactionSpans(event: TransactionEvent, snapshot: WatchSnapshot): Line {
  const { id, type, realizedPl, amount, brokerType, orderId } = event.transaction;
  const currency = currencyOf(event, snapshot);
  const what = whatText(event, snapshot);
  switch (type) {
    case "fill":
      return [foreign(`Filled: ${what}`, "strong"), ...moneySpans(", ", realizedPl, currency)];
    case "order":
      return [foreign(`Order ${id}, ${wordsOf(brokerType)}: ${what}`)];
    case "reject":
      return [foreign(`Rejected: ${what} (${wordsOf(brokerType)})`, "error")];
    case "cancel":
      return [foreign(`Cancelled: order ${orderId ?? ""} ${what}`)];
    default:
      return [foreign(wordsOf(brokerType)), ...moneySpans(" ", amount, currency)];
  }
}

/** `buy 10,000 EUR_USD at 1.08500`: as much of it as the broker tells. */
function whatText(event: TransactionEvent, snapshot: WatchSnapshot): string {
  const { instrument, side, units, price } = event.transaction;
  const terms = instrument ? quoteOf(snapshot, event.connection, instrument)?.terms : null;
  const at = price && `at ${priceText(price, { terms: terms ?? null })}`;
  return [side, units && grouped(units), instrument, at].filter(Boolean).join(" ");
}

/** In which an event's account keeps its money; null where that isn't known. */
function currencyOf(event: TransactionEvent, { accounts }: WatchSnapshot): string | null {
  const owner = accounts.find(
    ({ connection, id }) => connection === event.connection && id === event.account,
  );
  return owner?.account?.currency ?? null;
}

function moneySpans(before: string, amount: Decimal, currency: string | null): Line {
  if (amount.isZero()) return [];
  return [span(before), gainSpan(amount, signedText(amount, currency))];
}

function signedText(amount: Decimal, currency: string | null): string {
  if (currency !== null) return signedMoney(amount, currency);
  return `${amount.isPositive() ? "+" : ""}${grouped(amount)}`;
}

function wordsOf(brokerType: string): string {
  return brokerType.replaceAll("_", " ").toLowerCase();
}
