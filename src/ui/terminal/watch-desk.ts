import type { CircuitState } from "../../core/circuit.ts";
import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { LiveSnapshot } from "../../ports/live.ts";

/** What the screen shows: the live picture, and what only our own records know. */
export interface WatchSource {
  /** Calls `listener` after a change, at most once a frame; gives the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Never changes: after a change there is another one. */
  readonly getSnapshot: () => WatchSnapshot;
}

export type WatchSnapshot = LiveSnapshot & {
  /** By connection name. */
  readonly records: ReadonlyMap<string, ConnectionRecord>;
  /** Profit or loss since the trading day began, by `accountKey`; no entry where it isn't known. */
  readonly dayPl: ReadonlyMap<string, Decimal>;
  /** Mid prices that the trading day began with, by `quoteKey`; no entry where it isn't known, null before anybody was asked. */
  readonly dayOpenings: ReadonlyMap<string, Decimal> | null;
};

export type ConnectionRecord = {
  readonly halt: { readonly since: Instant; readonly reason: string } | null;
  readonly breaker: CircuitState;
  readonly budget: { readonly limitPerSecond: number; readonly remaining: number } | null;
  /** Closed by hand. */
  readonly isOff: boolean;
};

export type AccountRef = { readonly connection: string; readonly account: string };

export function accountKey({ connection, account }: AccountRef): string {
  return `${connection}/${account}`;
}

export function quoteKey(connection: string, instrument: string): string {
  return `${connection} ${instrument}`;
}

/** The fields of the order ticket as typed: what the options of `order buy` take. */
export type Ticket = {
  readonly side: "buy" | "sell";
  readonly instrument: string;
  /** Units (`10k`), or a risk (`1%`). */
  readonly size: string;
  readonly type: "market" | "limit" | "stop" | "mit";
  readonly price: string;
  readonly stopLoss: string;
  readonly takeProfit: string;
  readonly trailing: string;
  readonly expires: string;
  readonly account: AccountRef;
};

export type ExitsForm = {
  readonly stopLoss: string;
  readonly takeProfit: string;
  readonly trailing: string;
};

/** What is asked before something is sent. */
export type Question = {
  readonly title: string;
  readonly lines: readonly string[];
  readonly environment: Environment | null;
  /** Must be typed out; null where one key is enough. */
  readonly word: string | null;
};

export type Ask = (question: Question) => Promise<boolean>;

/** What became of something that was asked for. */
export type Outcome = {
  readonly level: "good" | "note" | "bad";
  readonly text: string;
};

export type Output = { readonly title: string; readonly text: string };

/**
 * What can be done from the screen. Each takes the road that its command takes, asks through `ask` before anything is
 * sent, and never throws: what failed is an outcome too.
 */
export interface WatchActions {
  /** Every command's words, for completion. */
  readonly verbs: readonly string[];
  placeTicket(ticket: Ticket, ask: Ask): Promise<Outcome>;
  /** Closes one position or trade; `portion` as `--units` takes it, empty for all of it. */
  close(target: PositionRef, portion: string, ask: Ask): Promise<Outcome>;
  changeExits(target: PositionRef, form: ExitsForm, ask: Ask): Promise<Outcome>;
  cancel(order: AccountRef & { readonly orderId: string }, ask: Ask): Promise<Outcome>;
  halt(connection: string): Promise<Outcome>;
  resume(connection: string): Promise<Outcome>;
  connect(connection: string): Promise<Outcome>;
  disconnect(connection: string): Promise<Outcome>;
  refresh(): void;
  addInstrument(connection: string, instrument: string): Outcome;
  removeInstrument(connection: string, instrument: string): Outcome;
  instruments(account: AccountRef): Promise<readonly InstrumentChoice[]>;
  /** Any other command, as typed. */
  run(words: string, ask: Ask): Promise<Output>;
}

export type PositionRef = AccountRef & { readonly instrument: string };
export type InstrumentChoice = { readonly name: string; readonly displayName: string };
