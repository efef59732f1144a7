import type { TimeInForce } from "../../core/order.ts";
import type { TradeOrdersCommand } from "../engine/commands.ts";
import type {
  OnFillTerms,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
  TriggerCondition,
} from "../engine/types.ts";
import {
  decimalOf,
  extensionsOf,
  type Fields,
  fieldsOf,
  givenOf,
  instantOf,
  isTrue,
  wordOf,
} from "./fields.ts";

/** OANDA calls a day order GFD. */
export const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = {
  GTC: "GTC",
  GTD: "GTD",
  GFD: "DAY",
  FOK: "FOK",
  IOC: "IOC",
};

export const TRIGGER_CONDITIONS: Readonly<Record<TriggerCondition, TriggerCondition>> = {
  DEFAULT: "DEFAULT",
  INVERSE: "INVERSE",
  BID: "BID",
  ASK: "ASK",
  MID: "MID",
};

/** The exits that an order brings along for the trade it opens. @throws Refusal 400 for what can't be read. */
export function parseOnFill(order: Fields): OnFillTerms {
  const stop = fieldsOf(order, "stopLossOnFill");
  // The older way to ask for a guaranteed stop.
  const isGuaranteed = stop !== null && isTrue(stop, "guaranteed");
  const guaranteed = isGuaranteed ? stop : fieldsOf(order, "guaranteedStopLossOnFill");
  const target = fieldsOf(order, "takeProfitOnFill");
  const trailing = fieldsOf(order, "trailingStopLossOnFill");
  return {
    takeProfitOnFill: target && { ...NO_TARGET, ...targetOf(target) },
    stopLossOnFill: stop && !isGuaranteed ? { ...NO_STOP, ...stopOf(stop) } : null,
    guaranteedStopLossOnFill: guaranteed && { ...NO_STOP, ...stopOf(guaranteed) },
    trailingStopOnFill: trailing && { ...NO_TRAILING, ...trailingOf(trailing) },
    tradeClientExtensions: extensionsOf(order, "tradeClientExtensions"),
  };
}

const NO_TIMING = { timeInForce: "GTC", gtdTime: null, clientExtensions: null } as const;
const NO_TARGET: TakeProfitDetails = { ...NO_TIMING, price: null };
const NO_STOP: StopLossDetails = { ...NO_TIMING, price: null, distance: null };
const NO_TRAILING: TrailingStopDetails = { ...NO_TIMING, distance: null };

export type TradeOrders = Pick<
  TradeOrdersCommand,
  "takeProfit" | "stopLoss" | "guaranteedStopLoss" | "trailingStop"
>;

/**
 * What is to become of a trade's exits: a field that is absent leaves its exit alone, null cancels it, an object makes
 * or changes it, and what the object doesn't name stays. @throws Refusal 400 for what can't be read.
 */
export function parseTradeOrders(body: Fields): TradeOrders {
  const stop = fieldsOf(body, "stopLoss");
  const isGuaranteed = stop !== null && isTrue(stop, "guaranteed");
  const stopField = isGuaranteed ? "guaranteedStopLoss" : "stopLoss";
  return {
    ...partOf(body, { name: "takeProfit", as: "takeProfit", read: targetOf }),
    ...partOf(body, { name: "stopLoss", as: stopField, read: stopOf }),
    ...partOf(body, { name: "guaranteedStopLoss", as: "guaranteedStopLoss", read: stopOf }),
    ...partOf(body, { name: "trailingStopLoss", as: "trailingStop", read: trailingOf }),
  };
}

type Part<T> = {
  readonly name: string;
  readonly as: keyof TradeOrders;
  readonly read: (fields: Fields) => T;
};

function partOf<T>(body: Fields, { name, as, read }: Part<T>): TradeOrders {
  if (body.record[name] === undefined) return {};
  const fields = fieldsOf(body, name);
  return { [as]: fields && read(fields) };
}

function targetOf(fields: Fields): Partial<TakeProfitDetails> {
  return { ...givenOf(fields, "price", decimalOf), ...timingOf(fields) };
}

function stopOf(fields: Fields): Partial<StopLossDetails> {
  return {
    ...givenOf(fields, "price", decimalOf),
    ...givenOf(fields, "distance", decimalOf),
    ...timingOf(fields),
  };
}

function trailingOf(fields: Fields): Partial<TrailingStopDetails> {
  return { ...givenOf(fields, "distance", decimalOf), ...timingOf(fields) };
}

function timingOf(fields: Fields): Partial<TakeProfitDetails> {
  const timeInForce = wordOf(fields, "timeInForce", TIMES_IN_FORCE);
  const triggerCondition = wordOf(fields, "triggerCondition", TRIGGER_CONDITIONS);
  return {
    ...(timeInForce ? { timeInForce } : {}),
    ...(triggerCondition ? { triggerCondition } : {}),
    ...givenOf(fields, "gtdTime", instantOf),
    ...givenOf(fields, "clientExtensions", extensionsOf),
  };
}
