import type { Account } from "../../core/account.ts";
import { formatPrice, toPips } from "../../core/instrument.ts";
import { spreadOf } from "../../core/quote.ts";
import type { LiveAccount, LiveConnection, LiveQuote, LiveTotal } from "../../ports/live.ts";
import { money, signedMoney } from "../output/numbers.ts";
import { printable } from "../output/table.ts";
import type { Times } from "../output/times.ts";
import { eventLine } from "./panels/activity.ts";
import { plainText } from "./spans.ts";
import type { WatchSnapshot } from "./watch-desk.ts";

/** A quote is told again when its middle has moved by so many pips since it was told. */
const TOLD_PIPS = 5;

export type PlainOptions = {
  readonly times: Times;
  /** Each reading of the accounts is told where it changed a figure, and not only what is held. */
  readonly hasFigures: boolean;
};

/**
 * The live picture in sentences, for screen readers and logs: what changed since the last look, nothing else, and never
 * the same twice.
 */
export class PlainLines {
  private readonly options: PlainOptions;
  private readonly read = new Map<string, string>();
  private readonly told = new Map<string, string>();
  private readonly mids = new Map<string, ReturnType<typeof spreadOf>>();
  private seenEvents = new Set<string>();

  constructor(options: PlainOptions) {
    this.options = options;
  }

  /** The lines that are new in `snapshot`, oldest first. */
  next(snapshot: WatchSnapshot): readonly string[] {
    return [
      ...snapshot.connections.flatMap((one) => this.changed(`c ${one.name}`, connectionText(one))),
      ...this.events(snapshot),
      ...(this.options.hasFigures
        ? this.figures(snapshot)
        : snapshot.accounts.flatMap((one) =>
            this.changed(`a ${one.connection}/${one.id}`, holdingsText(one), accountText(one)),
          )),
      ...snapshot.quotes.flatMap((quote) => this.quote(quote)),
    ];
  }

  private changed(key: string, sign: string | null, text = sign): readonly string[] {
    if (sign === null || text === null || this.told.get(key) === sign) return [];
    this.told.set(key, sign);
    return [text];
  }

  /** Accounts whose figures are others than they were when they were last read, and the totals then. */
  private figures({ accounts, totals }: WatchSnapshot): readonly string[] {
    const told = accounts.flatMap((one) => {
      const key = `a ${one.connection}/${one.id}`;
      const reading = `${one.status} ${one.age?.at.monotonicMs}`;
      if (this.read.get(key) === reading) return [];
      this.read.set(key, reading);
      return this.changed(key, accountText(one, marginText));
    });
    if (told.length === 0) return [];
    const sums = totals
      .filter(({ accounts: count }) => count > 1)
      .flatMap((one) => this.changed(`t ${one.environment} ${one.currency}`, totalText(one)));
    return [...told, ...sums];
  }

  private events(snapshot: WatchSnapshot): readonly string[] {
    const transactions = snapshot.events.filter((event) => event.kind === "transaction");
    const keyed = transactions.map((event) => ({
      event,
      key: `${event.account} ${event.transaction.id}`,
    }));
    const fresh = keyed.filter(({ key }) => !this.seenEvents.has(key));
    this.seenEvents = new Set(keyed.map(({ key }) => key));
    return fresh
      .toReversed()
      .map(
        ({ event }) =>
          `${event.connection}: ${plainText(eventLine(event, { snapshot, times: this.options.times }))}`,
      );
  }

  private quote(live: LiveQuote): readonly string[] {
    const { connection, instrument, quote, terms, isStale } = live;
    if (!quote || !terms) return [];
    const key = `${connection} ${instrument}`;
    if (isStale) return this.changed(`q ${key}`, `${instrument}: the price is old.`);
    const sum = quote.bid.plus(quote.ask);
    const before = this.mids.get(key);
    const movedPips = before && toPips(sum.minus(before).abs(), terms).toApproximateNumber() / 2;
    if (movedPips !== undefined && movedPips < TOLD_PIPS && this.told.get(`q ${key}`) === "")
      return [];
    this.mids.set(key, sum);
    this.told.set(`q ${key}`, "");
    const spread = toPips(spreadOf(quote), terms).toFixed(1);
    return [
      `${printable(instrument)} bid ${formatPrice(quote.bid, terms)} ask ${formatPrice(quote.ask, terms)} spread ${spread} pips`,
    ];
  }
}

const STATUS_TEXTS: Readonly<Record<LiveConnection["status"], string>> = {
  connecting: "connecting",
  connected: "Connected",
  market_closed: "Connected, the market is closed",
  stale: "Connected, but no prices come",
  reconnecting: "Disconnected, being tried again",
  failed: "Disconnected",
};

function connectionText({ environment, name, status }: LiveConnection): string {
  return `${environment.toUpperCase()} ${printable(name)}: ${STATUS_TEXTS[status]}.`;
}

/** What of an account is worth a line when it changes; null before it is known. */
function holdingsText({ account, status, positions, pendingOrders }: LiveAccount): string | null {
  if (!account) return null;
  const held = positions.map(
    ({ position }) => `${position.instrument} ${position.direction} ${position.units}`,
  );
  return [
    status === "stale",
    account.balance,
    ...held,
    ...pendingOrders.map(({ orderId }) => orderId),
  ].join(" ");
}

function accountText(live: LiveAccount, more: (account: Account) => string = () => "") {
  const { connection, id, alias, account, status, positions, pendingOrders } = live;
  if (!account) return null;
  const { balance, equity, currency } = account;
  const old = status === "stale" ? " (old)" : "";
  const held = positions.map(
    ({ position }) =>
      `${position.direction} ${position.units} ${printable(position.instrument)} ${signedMoney(position.unrealizedPl, currency)}`,
  );
  const open = held.length > 0 ? `open: ${held.join(", ")}` : "nothing open";
  const waiting = `${pendingOrders.filter(({ tradeId }) => tradeId === null).length} orders waiting`;
  return `Account ${printable(alias ?? `${connection}/${id}`)}${old}: balance ${money(balance, currency)}, equity ${money(equity, currency)}, ${more(account)}${open}, ${waiting}.`;
}

function marginText({ marginUsed, marginAvailable, currency }: Account): string {
  return `margin used ${money(marginUsed, currency)}, free ${money(marginAvailable, currency)}, `;
}

function totalText({ accounts, environment, currency, equity, unrealizedPl }: LiveTotal): string {
  const sum = `equity ${money(equity, currency)}, open ${signedMoney(unrealizedPl, currency)}`;
  return `Total of ${accounts} ${environment.toUpperCase()} accounts: ${sum}.`;
}
