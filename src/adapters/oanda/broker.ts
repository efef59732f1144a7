import * as v from "valibot";
import type { HomeConversion } from "../../core/conversion.ts";
import { Failure } from "../../core/failures.ts";
import type { Order } from "../../core/order.ts";
import type { AccountState, Broker, OrderFilter, QuoteSnapshot } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OandaApi } from "./api.ts";
import { quoteCurrencyOf, toInstruments } from "./instruments.ts";
import { openOrderDesk } from "./order-desk.ts";
import { toAccountState, toHomeCurrency } from "./wire-account.ts";
import {
  oneOrder,
  orderList,
  type TradeSize,
  toOrder,
  tradeSize,
  type WireOrder,
} from "./wire-orders.ts";
import { hasIdentity, type Pricing, toPricing, withHome } from "./wire-pricing.ts";
import { sinceIdPath, toTransactionPage, toTransactions } from "./wire-transactions.ts";
import { compareIds, readWire } from "./wire-values.ts";

export type Wires = { readonly api: OandaApi; readonly clock: Clock };

const LONGEST_LIST = 500;
const INSTRUMENT_NAME = /^[A-Za-z0-9_.]+$/;

/** One account at OANDA. */
export function openAccount(accountId: string, { api, clock }: Wires): Broker {
  const root = `/v3/accounts/${encodeURIComponent(accountId)}`;
  const read = <T>(path: string, parse: (body: unknown) => T) => api.read(`${root}${path}`, parse);
  const desk = openOrderDesk(root, api);
  let home: string | null = null;

  const instruments = () => read("/instruments", toInstruments);

  const state = async (): Promise<AccountState> => {
    const current = await read("", (body) => toAccountState(body, clock.now()));
    home = current.account.currency;
    return current;
  };

  const withOwnCurrency = async (conversions: readonly HomeConversion[]) => {
    if (home === null && hasIdentity(conversions)) return conversions;
    home ??= await read("/summary", toHomeCurrency);
    return withHome(conversions, home);
  };

  const quotes = async (names: readonly string[]): Promise<QuoteSnapshot> => {
    if (names.length === 0) return { quotes: [], conversions: [], time: clock.now() };
    const illegal = names.find((name) => !INSTRUMENT_NAME.test(name));
    if (illegal !== undefined) throw unknownInstrument(illegal);
    const pricing = await readPricing(names);
    const missing = names.find((name) => !pricing.quotes.has(name));
    if (missing !== undefined) throw unknownInstrument(missing);
    const conversions = await withOwnCurrency(pricing.conversions);
    checkConversions(names, conversions);
    const found = names
      .map((name) => pricing.quotes.get(name))
      .filter((quote) => quote !== undefined);
    return { quotes: found, conversions, time: pricing.time };
  };

  const readPricing = async (names: readonly string[]): Promise<Pricing> => {
    const list = encodeURIComponent([...new Set(names)].join(","));
    const path = `/pricing?instruments=${list}&includeHomeConversions=true`;
    try {
      return await read(path, (body) => toPricing(body, clock.now()));
    } catch (error) {
      // The broker refuses the whole list without naming the culprit.
      if (!(error instanceof Failure) || error.code !== "INSTRUMENT_NOT_FOUND") throw error;
      const known = new Set((await instruments()).map((each) => each.name));
      throw unknownInstrument(names.find((name) => !known.has(name)) ?? names.join(", "));
    }
  };

  /** Exit orders are told by their trades, which may be closed by now. */
  const toOrders = async (wires: readonly WireOrder[]): Promise<readonly Order[]> => {
    const ids = [
      ...new Set(wires.flatMap((wire) => (wire.instrument ? [] : (wire.tradeID ?? [])))),
    ];
    const trades = ids.length === 0 ? new Map() : await read(tradesPath(ids), toTradeSizes);
    return wires
      .map((wire) => toOrder(wire, trades.get(wire.tradeID ?? "")))
      .filter((order) => order !== null)
      .toSorted((left, right) => compareIds(right.orderId, left.orderId));
  };

  const orders = async (filter: OrderFilter): Promise<readonly Order[]> => {
    if (filter === "pending") return (await state()).pendingOrders;
    const path = `/orders?state=${filter.toUpperCase()}&count=${LONGEST_LIST}`;
    return toOrders(await read(path, (body) => readWire(orderList, body, "order list").orders));
  };

  const order = async (id: string): Promise<Order | null> => {
    try {
      const path = `/orders/${encodeURIComponent(id)}`;
      const wire = await read(path, (body) => readWire(oneOrder, body, "order").order);
      return (await toOrders([wire]))[0] ?? null;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "ORDER_NOT_FOUND") throw error;
      if (!id.startsWith("@")) return null;
      // A client id names only waiting orders for sure; ended ones are found in the list.
      return (await orders("all")).find((each) => `@${each.clientOrderId}` === id) ?? null;
    }
  };

  return {
    accountId,
    instruments,
    quotes,
    state,
    orders,
    order,
    place: desk.place,
    outcomeOf: desk.outcomeOf,
    async transactionsSince(transactionId) {
      const page = await read(sinceIdPath(transactionId), toTransactionPage);
      return toTransactions(page.transactions);
    },
  };
}

function tradesPath(ids: readonly string[]): string {
  return `/trades?state=ALL&count=${LONGEST_LIST}&ids=${ids.map(encodeURIComponent).join(",")}`;
}

const tradeList = v.object({ trades: v.array(tradeSize) });

function toTradeSizes(body: unknown): ReadonlyMap<string, TradeSize> {
  const { trades } = readWire(tradeList, body, "trade list");
  return new Map(
    trades.map(({ id, instrument, initialUnits, currentUnits }) => {
      const isOpen = currentUnits && !currentUnits.isZero();
      return [id, { instrument, units: isOpen ? currentUnits : initialUnits }];
    }),
  );
}

function checkConversions(names: readonly string[], conversions: readonly HomeConversion[]): void {
  const known = new Set(conversions.map((conversion) => conversion.currency));
  const missing = names.map(quoteCurrencyOf).find((currency) => !known.has(currency));
  if (missing === undefined) return;
  throw new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA gave no factor that turns ${missing} into the account's currency. Nothing was sent.`,
    { hint: "Without it no risk can be worked out. Try again.", retryable: true },
  );
}

function unknownInstrument(name: string): Failure {
  return new Failure("INSTRUMENT_NOT_FOUND", `OANDA trades no ${name} on this account.`, {
    hint: "See `instruments` for what it trades.",
    details: { instrument: name },
  });
}
