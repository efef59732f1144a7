import { type Decimal, decimal, toPrice, wholeNumber } from "../../../src/core/money.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import type { ExitOrderRequest } from "../../../src/paper/engine/commands.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import {
  advance,
  cancelOrder,
  closePosition,
  closeTrade,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  replaceOrder,
  setTradeOrders,
  type Venue,
  type VenueStep,
} from "../../../src/paper/engine/venue.ts";
import type { EntryAsk, OnFill, StopAsk, TargetAsk, Timing, TrailAsk } from "./book.ts";
import type { Command, ExitChanges } from "./commands.ts";
import type { ExitAsk } from "./fills.ts";

/** Turns whole points into an instrument's prices, and back. */
export type Scale = (instrument: string) => number;

/** The account of the engine under test, and how its prices are written. */
export type Side = { readonly venue: Venue; readonly scaleOf: Scale };

/** Carries out a command at the engine. */
export function carryOutThere(side: Side, account: VenueAccount, command: Command): VenueStep {
  const { venue, scaleOf } = side;
  const at = instantFromMs(command.atMs);
  switch (command.do) {
    case "wait":
      return advance(venue, account, at);
    case "market": {
      const { instrument, units, force, bound, positionFill, onFill } = command;
      const scale = scaleOf(instrument);
      return placeMarketOrder(venue, account, {
        at,
        instrument,
        units: wholeNumber(units),
        timeInForce: force,
        priceBound: bound === null ? null : toDecimal(bound, scale),
        positionFill,
        ...onFillThere(onFill, scale),
      });
    }
    case "entry":
      return placeEntryOrder(venue, account, { at, ...entryThere(command.ask, scaleOf) });
    case "exit": {
      const { kind, tradeId, instrument, ask } = command;
      const request = exitThere(kind, ask, scaleOf(instrument));
      return placeExitOrder(venue, account, { at, tradeId, ...request });
    }
    case "exits": {
      const { tradeId, instrument, changes } = command;
      const there = changesThere(changes, scaleOf(instrument));
      return setTradeOrders(venue, account, { at, tradeId, ...there });
    }
    case "replaceEntry": {
      const order = entryThere(command.ask, scaleOf);
      return replaceOrder(venue, account, { at, orderId: command.orderId, order });
    }
    case "cancel":
      return cancelOrder(venue, account, { at, orderId: command.orderId });
    case "closeTrade": {
      const { tradeId, units } = command;
      return closeTrade(venue, account, { at, tradeId, units: sizeThere(units) });
    }
    case "closeout": {
      const { instrument, isLong, units } = command;
      const direction = isLong ? "long" : "short";
      return closePosition(venue, account, { at, instrument, direction, units: sizeThere(units) });
    }
  }
}

function sizeThere(units: number | "ALL"): Decimal | "ALL" {
  return units === "ALL" ? units : wholeNumber(units);
}

function toDecimal(points: number, scale: number): Decimal {
  return wholeNumber(points).times(decimal(scale === 0 ? "1" : `0.${"1".padStart(scale, "0")}`));
}

const ENTRY_TYPES = { limit: "limit", stop: "stop", mit: "market_if_touched" } as const;

function entryThere(ask: EntryAsk, scaleOf: Scale) {
  const { kind, instrument, units, price, force, bound, positionFill, trigger, gtdMs, onFill } =
    ask;
  const scale = scaleOf(instrument);
  return {
    type: ENTRY_TYPES[kind],
    instrument,
    units: wholeNumber(units),
    price: toPrice(toDecimal(price, scale)),
    timeInForce: force,
    gtdTime: gtdThere(gtdMs),
    triggerCondition: trigger,
    priceBound: bound === null ? null : toDecimal(bound, scale),
    positionFill,
    ...onFillThere(onFill, scale),
  };
}

function gtdThere(ms: number | null): Instant | null {
  return ms === null ? null : instantFromMs(ms);
}

function timingThere({ force, gtdMs, trigger }: Timing) {
  const timing = { timeInForce: force, gtdTime: gtdThere(gtdMs), clientExtensions: null };
  return { ...timing, triggerCondition: trigger };
}

function targetThere(ask: TargetAsk, scale: number) {
  return { ...timingThere(ask), price: toDecimal(ask.price, scale) };
}

function stopThere(ask: StopAsk, scale: number) {
  const { price, distance } = ask;
  return {
    ...timingThere(ask),
    price: price === null ? null : toDecimal(price, scale),
    distance: distance === null ? null : toDecimal(distance, scale),
  };
}

function trailThere(ask: TrailAsk, scale: number) {
  return { ...timingThere(ask), distance: toDecimal(ask.distance, scale) };
}

function onFillThere({ target, stop, guaranteed, trail }: OnFill, scale: number) {
  return {
    takeProfitOnFill: target && targetThere(target, scale),
    stopLossOnFill: stop && stopThere(stop, scale),
    guaranteedStopLossOnFill: guaranteed && stopThere(guaranteed, scale),
    trailingStopOnFill: trail && trailThere(trail, scale),
  };
}

const EXIT_TYPES = {
  target: "take_profit",
  stop: "stop_loss",
  guaranteed: "guaranteed_stop_loss",
  trail: "trailing_stop",
} as const;

function exitThere(
  kind: keyof typeof EXIT_TYPES,
  ask: ExitAsk,
  scale: number,
): Omit<ExitOrderRequest, "tradeId"> {
  const level = "price" in ask ? ask.price : null;
  const away = "distance" in ask ? ask.distance : null;
  return {
    type: EXIT_TYPES[kind],
    ...timingThere(ask),
    price: level === null ? null : toDecimal(level, scale),
    distance: away === null ? null : toDecimal(away, scale),
  };
}

function changesThere({ target, stop, trail }: ExitChanges, scale: number) {
  return {
    ...(target === undefined ? {} : { takeProfit: target && targetThere(target, scale) }),
    ...(stop === undefined ? {} : { stopLoss: stop && stopThere(stop, scale) }),
    ...(trail === undefined ? {} : { trailingStop: trail && trailThere(trail, scale) }),
  };
}
