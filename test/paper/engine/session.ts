import fc from "fast-check";
import { decimal, wholeNumber } from "../../../src/core/money.ts";
import { addMs, type Instant } from "../../../src/core/time.ts";
import type { EntryOrderRequest, ExitOrderRequest } from "../../../src/paper/engine/commands.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import type { VenueTransaction } from "../../../src/paper/engine/transactions.ts";
import type {
  PendingOrder,
  TriggerCondition,
  VenueAccount,
} from "../../../src/paper/engine/types.ts";
import {
  advance,
  cancelOrder,
  closePosition,
  closeTrade,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  replaceOrder,
  setOrderExtensions,
  setTradeExtensions,
  setTradeOrders,
  type Venue,
  type VenueStep,
} from "../../../src/paper/engine/venue.ts";
import { GTC, labels, newAccount } from "./scene.ts";

/*
 * Random sessions over every command of the venue: an action's numbers are taken as they fit, so that most commands are
 * accepted and some refused.
 */

const INSTRUMENTS = ["EUR_USD", "USD_JPY", "EUR_GBP", "XAU_USD"] as const;
const DISTANCES = { EUR_USD: "0.003", USD_JPY: "0.4", EUR_GBP: "0.003", XAU_USD: "20" } as const;
const CONDITIONS: readonly TriggerCondition[] = ["DEFAULT", "INVERSE", "BID", "ASK", "MID"];
const ENTRIES = ["limit", "stop", "market_if_touched"] as const;
const EXITS = ["take_profit", "stop_loss", "guaranteed_stop_loss", "trailing_stop"] as const;
const TIMES = ["GTC", "GTC", "GTD", "DAY", "IOC", "FOK"] as const;
const KINDS = [
  "order",
  "order",
  "order",
  "order",
  "entry",
  "entry",
  "entry",
  "exit",
  "exit",
  "replace",
  "replace",
  "tradeOrders",
  "orderLabels",
  "tradeLabels",
  "close",
  "closeout",
  "cancel",
  "wait",
] as const;

export type Action = {
  readonly kind: (typeof KINDS)[number];
  readonly instrument: (typeof INSTRUMENTS)[number];
  readonly units: number;
  readonly seconds: number;
  readonly hasExits: boolean;
  /** Picks among whatever there is to be picked. */
  readonly pick: number;
};

export const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    instrument: fc.constantFrom(...INSTRUMENTS),
    units: fc.integer({ min: -3000, max: 3000 }),
    seconds: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 40_000 })),
    hasExits: fc.boolean(),
    pick: fc.nat({ max: 1000 }),
  }) satisfies fc.Arbitrary<Action>,
  { minLength: 4, maxLength: 40 },
);

type Command = (venue: Venue, account: VenueAccount, at: Instant) => VenueStep;

/** The command of an action, for the account as it is when the command's time has come. */
function commandOf(action: Action): Command {
  const { kind, instrument, units, hasExits, pick } = action;
  switch (kind) {
    case "order":
      return (venue, account, at) =>
        placeMarketOrder(venue, account, {
          ...sized(action),
          at,
          timeInForce: pick % 3 === 0 ? "IOC" : "FOK",
        });
    case "entry":
      return (venue, account, at) =>
        placeEntryOrder(venue, account, { ...entryOf(venue, at, action), at });
    case "exit":
      return (venue, account, at) =>
        placeExitOrder(venue, account, { ...exitOf(venue, account, action), at });
    case "close":
      return (venue, account, at) => {
        const tradeId = picked(account.trades, pick)?.id ?? 1;
        return closeTrade(venue, account, { at, tradeId, units: hasExits ? "ALL" : decimal("1") });
      };
    case "closeout":
      return (venue, account, at) => {
        const direction = units < 0 ? "short" : "long";
        return closePosition(venue, account, { at, instrument, direction, units: "ALL" });
      };
    case "cancel":
      return (venue, account, at) =>
        cancelOrder(venue, account, { at, orderId: picked(account.orders, pick)?.id ?? 1 });
    case "wait":
      return advance;
    default:
      return changeOf(action);
  }
}

function changeOf(action: Action): Command {
  const { kind, instrument, hasExits, pick } = action;
  const distance = decimal(DISTANCES[instrument]);
  switch (kind) {
    case "replace":
      return (venue, account, at) => {
        const old = picked(account.orders, pick);
        const order = bodyOf({ venue, account, at }, { action, old });
        return replaceOrder(venue, account, { at, orderId: old?.id ?? 1, order });
      };
    case "tradeOrders":
      return (venue, account, at) =>
        setTradeOrders(venue, account, {
          at,
          tradeId: picked(account.trades, pick)?.id ?? 1,
          stopLoss: pick % 4 === 0 ? null : { distance },
          trailingStop: pick % 5 === 0 ? { distance } : null,
          ...(hasExits ? { takeProfit: { price: decimal("1.20000") } } : {}),
        });
    case "orderLabels":
      return (venue, account, at) => {
        const orderId = picked(account.orders, pick)?.id ?? 1;
        const clientExtensions = labels(`order-${pick % 5}`);
        return setOrderExtensions(venue, account, { at, orderId, clientExtensions });
      };
    default:
      return (venue, account, at) => {
        const tradeId = picked(account.trades, pick)?.id ?? 1;
        const clientExtensions = labels(`trade-${pick % 5}`);
        return setTradeExtensions(venue, account, { at, tradeId, clientExtensions });
      };
  }
}

function bodyOf(
  { venue, account, at }: { venue: Venue; account: VenueAccount; at: Instant },
  { action, old }: { action: Action; old: PendingOrder | undefined },
): EntryOrderRequest | ExitOrderRequest {
  if (old && isExit(old)) {
    const exit = exitOf(venue, account, action);
    return { ...exit, type: old.type, tradeId: old.tradeId };
  }
  const entry = entryOf(venue, at, action);
  return old ? { ...entry, type: old.type, instrument: old.instrument } : entry;
}

function sized({ instrument, units, hasExits, pick }: Action) {
  const distance = decimal(DISTANCES[instrument]);
  const isGuaranteed = pick % 4 === 0;
  const stop = { ...GTC, price: null, distance };
  return {
    instrument,
    units: wholeNumber(instrument === "XAU_USD" ? Math.trunc(units / 200) : units),
    positionFill:
      (["DEFAULT", "DEFAULT", "REDUCE_FIRST", "OPEN_ONLY", "REDUCE_ONLY"] as const)[pick % 5] ??
      "DEFAULT",
    stopLossOnFill: hasExits && !isGuaranteed ? stop : null,
    guaranteedStopLossOnFill: hasExits && isGuaranteed ? stop : null,
    trailingStopOnFill: hasExits && !isGuaranteed ? { ...GTC, distance } : null,
    ...(pick % 7 === 0 ? { maximumFillUnits: decimal("700") } : {}),
    clientExtensions: pick % 6 === 0 ? labels(`order-${pick % 5}`) : null,
  };
}

function entryOf(venue: Venue, at: Instant, action: Action): EntryOrderRequest {
  const { instrument, pick, units } = action;
  const quote = venue.feed.quoteAt(instrument, Date.parse(at));
  if (!quote) throw new Error("no price");
  const away = decimal(DISTANCES[instrument]).times(wholeNumber((pick % 21) - 10));
  const price = quote.bid.plus(away.dividedBy(wholeNumber(4), quote.bid.scale));
  const timeInForce = TIMES[pick % TIMES.length] ?? "GTC";
  return {
    ...sized(action),
    type: ENTRIES[Math.abs(units) % 3] ?? "limit",
    price,
    timeInForce,
    gtdTime: timeInForce === "GTD" ? addMs(at, 60_000 * (1 + pick)) : null,
    triggerCondition: CONDITIONS[pick % 5] ?? "DEFAULT",
  };
}

function exitOf(venue: Venue, account: VenueAccount, action: Action): ExitOrderRequest {
  const { pick, units } = action;
  const trade = picked(account.trades, pick);
  const type = EXITS[Math.abs(units) % 4] ?? "stop_loss";
  const triggerCondition = CONDITIONS[pick % 5] ?? "DEFAULT";
  const common = { type, tradeId: trade?.id ?? 1, triggerCondition };
  const name = INSTRUMENTS.find((each) => each === trade?.instrument) ?? "EUR_USD";
  const distance = decimal(DISTANCES[name]);
  if (type !== "take_profit" || !trade) return { ...common, distance };
  const places = venue.feed.instrument(name)?.pricePrecision ?? 5;
  const isLong = trade.currentUnits.isPositive();
  const price = isLong ? trade.price.plus(distance) : trade.price.minus(distance);
  return { ...common, price: price.rounded(places, "down") };
}

function picked<T>(values: readonly T[], pick: number): T | undefined {
  return values[pick % Math.max(1, values.length)];
}

/** A session played through, with everything that it wrote. */
export type Played = {
  readonly account: VenueAccount;
  readonly log: readonly VenueTransaction[];
  readonly steps: readonly VenueStep[];
};

/** Plays a session; `looks` are moments between its commands (in share of the wait) at which the account is looked at. */
export function play(
  venue: Venue,
  script: readonly Action[],
  looks: readonly number[] = [],
): Played {
  const log: VenueTransaction[] = [];
  const steps: VenueStep[] = [];
  let account = newAccount("20000");
  const keep = (step: VenueStep) => {
    account = step.account;
    log.push(...step.transactions);
    steps.push(step);
  };
  for (const action of script) {
    const ms = action.seconds * 1000;
    const at = addMs(account.processedTo, ms);
    const waits = looks.map((share) => addMs(account.processedTo, Math.floor(ms * share)));
    for (const look of waits) keep(advance(venue, account, look));
    keep(advance(venue, account, at));
    keep(commandOf(action)(venue, account, at));
  }
  return { account, log, steps };
}
