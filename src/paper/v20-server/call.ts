import type { Instant } from "../../core/time.ts";
import type { PriceHistory } from "../feed/price-history.ts";
import { forbidden, invalidValue, Refusal, type Reply } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import type { LineStream, LineWriter } from "./line-stream.ts";
import type { Query } from "./query.ts";
import { reasonText } from "./reasons.ts";
import type { ServerClock } from "./server-clock.ts";
import { createWire, type Json, type Wire } from "./wire.ts";

/** A request, read and let in, and the server's state it acts on. */
export type Call = {
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** The prices that all accounts trade at, and what they were before. */
  readonly history: PriceHistory;
  readonly parameters: ReadonlyMap<string, string>;
  readonly query: Query;
  readonly body: Json;
  readonly requestId: string;
  readonly timeFormat: string | undefined;
  /** The moment the request is carried out. */
  readonly now: Instant;
  /** Tells the time for what goes on after the request. */
  readonly clock: Pick<ServerClock, "now">;
  /** The path as it was asked for, without its query. */
  readonly path: string;
  /** The server's own address, for links to itself. */
  readonly url: string;
  /** Whether this order is to be filled in part only: a fault asked for. */
  isPartialFill(): boolean;
  /** Whether the stops of this order fail after its fill: a fault asked for. */
  areStopsRefused(): boolean;
};

/** A call about one account, which has been brought up to `now`. */
export type AccountCall = Call & { readonly ledger: Ledger; readonly wire: Wire };

/** An answer that goes on: called with the open response. */
export type StreamReply = { readonly openStream: (lines: LineWriter) => LineStream };
export type Answer = Reply | StreamReply;
export type Handler = (call: Call) => Answer;

const ACCOUNT_ID = /^\d+-\d+-\d+-\d+$/;

/** A handler of a path with an `{account}`. @throws Refusal 400 for what is no id, 403 for a foreign one. */
export function forAccount(handle: (call: AccountCall) => Answer): Handler {
  return (call) => {
    const id = call.parameters.get("account") ?? "";
    const ledger = call.ledgers.get(id);
    if (!ledger) throw ACCOUNT_ID.test(id) ? forbidden() : invalidValue("accountID");
    ledger.advanceTo(call.now);
    return handle({ ...call, ledger, wire: createWire(ledger, call.timeFormat) });
  };
}

/** The order or trade that the path names. @throws Refusal 400 for what is neither a number nor `@client id`. */
export function specifierOf({ parameters }: Call, kind: "order" | "trade"): string {
  const specifier = parameters.get(kind) ?? "";
  if (!/^(?:\d+|@.+)$/.test(specifier)) throw invalidValue(`${kind}ID`);
  return specifier;
}

/** 200 with `body` and the account's newest transaction id. */
export function ok({ ledger }: AccountCall, body: Json): Reply {
  return { status: 200, body: { ...body, lastTransactionID: lastIdOf(ledger) } };
}

/** 404 as OANDA answers for one thing that isn't there. */
export function noSuch({ ledger }: AccountCall, errorCode: string): Reply {
  const body = { lastTransactionID: lastIdOf(ledger), errorCode };
  return { status: 404, body: { ...body, errorMessage: reasonText(errorCode) } };
}

export function lastIdOf(ledger: Ledger): string {
  return String(ledger.account.lastTransactionId);
}

/** An id beyond the account's log. */
export function outOfRange(): Refusal {
  return new Refusal(416, "The transaction ID specified is out of range");
}
