import type { Transaction } from "../../../core/transaction.ts";
import type { LiveEvent } from "../../../ports/live.ts";
import { grouped, signedMoney } from "../../output/numbers.ts";
import type { Grid } from "../grid.ts";
import { eventRows } from "../rows.ts";
import { fitted, foreign, type Line, type Span, span } from "../spans.ts";
import type { WatchSnapshot } from "../watch-desk.ts";
import { gainSpan } from "./positions.ts";
import type { PanelView } from "./view.ts";

const CLOCK_START = 11;
const CLOCK_END = 19;

/** Fills, cancels, financing and what befell the connections, newest first. */
export function activity({ snapshot, state }: PanelView, width: number): Grid {
  const head: Line = [span("ACTIVITY", "heading")];
  const rows = eventRows(snapshot, state).map((event) =>
    fitted(eventLine(event, currencyOf(event, snapshot)), width),
  );
  return { head, rows };
}

/** In which an event's account keeps its money; null where that isn't known. */
export function currencyOf(event: LiveEvent, { accounts }: WatchSnapshot): string | null {
  if (event.kind === "status") return null;
  const owner = accounts.find(
    ({ connection, id }) => connection === event.connection && id === event.account,
  );
  return owner?.account?.currency ?? null;
}

/** One event in words, with its time. */
export function eventLine(event: LiveEvent, currency: string | null): Line {
  const time = event.kind === "transaction" ? event.transaction.time : event.receivedAt;
  const clock = span(`${time.slice(CLOCK_START, CLOCK_END)} `, "dim");
  if (event.kind === "status") {
    const detail = event.detail ? `: ${event.detail}` : "";
    const word = event.status.replaceAll("_", " ");
    return [clock, foreign(`${event.connection} ${word}${detail}`, statusRole(event.status))];
  }
  const late = event.isBackfilled ? [span(" (missed, read later)", "dim")] : [];
  return [clock, ...transactionSpans(event.transaction, currency), ...late];
}

function statusRole(status: string): Span["role"] {
  return status === "failed" || status === "reconnecting" ? "warning" : "dim";
}

function transactionSpans(transaction: Transaction, currency: string | null): Line {
  const { instrument, side, units, price, realizedPl, amount, brokerType } = transaction;
  const size = units ? ` ${grouped(units)}` : "";
  const what = `${side ?? ""}${size} ${instrument ?? ""}`.trim();
  const at = price ? ` at ${price}` : "";
  if (transaction.type === "fill") {
    const earned = realizedPl.isZero()
      ? []
      : [span(", "), gainSpan(realizedPl, signedText(realizedPl, currency))];
    return [foreign(`Filled: ${what}${at}`, "strong"), ...earned];
  }
  if (transaction.type === "order") return [foreign(`Order ${transaction.id}: ${what}${at}`)];
  if (transaction.type === "reject")
    return [foreign(`Rejected: ${what}${at} ${wordsOf(brokerType)}`, "error")];
  if (transaction.type === "cancel")
    return [foreign(`Cancelled: order ${transaction.orderId ?? ""} ${what}`)];
  const money = amount.isZero() ? [] : [span(" "), gainSpan(amount, signedText(amount, currency))];
  return [foreign(wordsOf(brokerType)), ...money];
}

function signedText(amount: Transaction["amount"], currency: string | null): string {
  if (currency !== null) return signedMoney(amount, currency);
  return `${amount.isPositive() ? "+" : ""}${grouped(amount)}`;
}

function wordsOf(brokerType: string): string {
  return brokerType.replaceAll("_", " ").toLowerCase();
}
