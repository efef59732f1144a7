import { A, type Answer, type Body, type Practice } from "../v20-server/practice.ts";
import type { Random } from "./random.ts";

/** Pairs whose money is dollars, yen and pounds. */
const PAIRS = ["EUR_USD", "USD_JPY", "EUR_GBP", "GBP_JPY"] as const;
const HOUR_MS = 3_600_000;

type Act = (practice: Practice, random: Random) => Promise<Answer | null>;

/** Everything that a trader can ask the server for. */
const ACTS: readonly (readonly [weight: number, act: Act])[] = [
  [24, (practice, random) => marketOrder(practice, random)],
  [22, (practice, random) => entryOrder(practice, random)],
  [10, (practice, random) => tradeOrders(practice, random)],
  [6, (practice, random) => exitOrder(practice, random)],
  [6, (practice, random) => replacement(practice, random)],
  [6, (practice, random) => cancellation(practice, random)],
  [8, (practice, random) => tradeClose(practice, random)],
  [5, (practice, random) => positionClose(practice, random)],
  [3, (practice, random) => labels(practice, random)],
  [2, (practice, random) => configuration(practice, random)],
  [8, (practice, random) => nonsense(practice, random)],
];

/** Does one random thing, and lets some time pass before. */
export async function actAtRandom(practice: Practice, random: Random): Promise<Answer | null> {
  await practice.clock.advance(random.chance(0.2) ? 0 : random.scale(10, 30 * HOUR_MS));
  let roll = random.int(0, ACTS.reduce((sum, [weight]) => sum + weight, 0) - 1);
  for (const [weight, act] of ACTS) {
    if (roll < weight) return act(practice, random);
    roll -= weight;
  }
  return null;
}

async function marketOrder(practice: Practice, random: Random) {
  const price = await priceOf(practice, random.pick(PAIRS));
  return practice.post(`${A}/orders`, {
    order: {
      type: "MARKET",
      instrument: price.instrument,
      units: signedUnits(random),
      timeInForce: random.pick(["FOK", "IOC"]),
      positionFill: random.pick(["DEFAULT", "DEFAULT", "DEFAULT", "REDUCE_ONLY", "OPEN_ONLY"]),
      ...exitsOnFill(random, price),
    },
  });
}

async function entryOrder(practice: Practice, random: Random) {
  const price = await priceOf(practice, random.pick(PAIRS));
  return practice.post(`${A}/orders`, { order: entry(random, price) });
}

function entry(random: Random, price: Price, type = random.pick(ENTRY_TYPES)) {
  const times = ["GTC", "GTC", "GFD", ...(type === "MARKET_IF_TOUCHED" ? [] : ["FOK", "IOC"])];
  return {
    type,
    instrument: price.instrument,
    units: signedUnits(random),
    price: moved(price, random.int(-80, 80)),
    timeInForce: random.pick(times),
    triggerCondition: random.pick(["DEFAULT", "DEFAULT", "INVERSE", "MID"]),
    ...exitsOnFill(random, price),
  };
}

const ENTRY_TYPES = ["LIMIT", "STOP", "MARKET_IF_TOUCHED"] as const;

async function tradeOrders(practice: Practice, random: Random) {
  const trade = await oneOf(practice, random, TRADES);
  if (!trade) return null;
  const price = await priceOf(practice, `${trade.instrument}`);
  const level = () => ({ price: moved(price, random.int(-90, 90)) });
  const body = {
    ...(random.chance(0.6) ? { takeProfit: random.chance(0.2) ? null : level() } : {}),
    ...(random.chance(0.6) ? { stopLoss: random.chance(0.2) ? null : level() } : {}),
    ...(random.chance(0.4)
      ? { trailingStopLoss: { distance: away(price, random.int(60, 300)) } }
      : {}),
  };
  return practice.put(`${A}/trades/${trade.id}/orders`, body);
}

async function exitOrder(practice: Practice, random: Random) {
  const trade = await oneOf(practice, random, TRADES);
  if (!trade) return null;
  const price = await priceOf(practice, `${trade.instrument}`);
  const type = random.pick(["TAKE_PROFIT", "STOP_LOSS"]);
  const order = { type, tradeID: trade.id, price: moved(price, random.int(-90, 90)) };
  return practice.post(`${A}/orders`, { order });
}

async function replacement(practice: Practice, random: Random) {
  const order = await oneOf(practice, random, ORDERS);
  const type = ENTRY_TYPES.find((each) => each === order?.type);
  if (!order || !type) return null;
  const price = await priceOf(practice, `${order.instrument}`);
  return practice.put(`${A}/orders/${order.id}`, { order: entry(random, price, type) });
}

async function cancellation(practice: Practice, random: Random) {
  const order = await oneOf(practice, random, ORDERS);
  return practice.put(`${A}/orders/${order?.id ?? "424242"}/cancel`);
}

async function tradeClose(practice: Practice, random: Random) {
  const trade = await oneOf(practice, random, TRADES);
  if (!trade) return null;
  const size = Math.abs(Number(trade.currentUnits));
  const units = random.chance(0.5) ? "ALL" : `${random.int(1, size)}`;
  return practice.put(`${A}/trades/${trade.id}/close`, { units });
}

async function positionClose(practice: Practice, random: Random) {
  const side = random.pick(["longUnits", "shortUnits"]);
  const other = side === "longUnits" ? "shortUnits" : "longUnits";
  const body = { [side]: random.chance(0.6) ? "ALL" : `${random.int(1, 500)}`, [other]: "NONE" };
  return practice.put(`${A}/positions/${random.pick(PAIRS)}/close`, body);
}

async function labels(practice: Practice, random: Random) {
  const clientExtensions = { comment: `at ${random.int(0, 999)}`, tag: "random" };
  const order = await oneOf(practice, random, ORDERS);
  if (order) return practice.put(`${A}/orders/${order.id}/clientExtensions`, { clientExtensions });
  const trade = await oneOf(practice, random, TRADES);
  return trade && practice.put(`${A}/trades/${trade.id}/clientExtensions`, { clientExtensions });
}

async function configuration(practice: Practice, random: Random) {
  const marginRate = random.pick(["0.02", "0.05", "0.03"]);
  const body = JSON.stringify({ alias: "random", marginRate });
  return practice.ask({ method: "PATCH", path: `${A}/configuration`, body });
}

/** What must change nothing but, at most, the log. */
async function nonsense(practice: Practice, random: Random) {
  const order = random.pick([
    { type: "MARKET", instrument: "EUR_USD", units: "0" },
    { type: "MARKET", instrument: "EUR_USD", units: "0.5" },
    { type: "MARKET", instrument: "EUR_USD", units: "999999999999" },
    { type: "LIMIT", instrument: "EUR_USD", units: "100", price: "1.0000000001" },
    { type: "LIMIT", instrument: "EUR_USD", units: "100", price: "-1" },
    { type: "STOP_LOSS", tradeID: "424242", price: "1.0" },
    { type: "LIMIT", instrument: "XXX_YYY", units: "100", price: "1.1" },
  ]);
  return practice.post(`${A}/orders`, { order });
}

type Price = { readonly instrument: string; readonly points: number; readonly decimals: number };

async function priceOf(practice: Practice, instrument: string): Promise<Price> {
  const { json } = await practice.get(`${A}/pricing?instruments=${instrument}`);
  const bid = `${json.prices[0]?.closeoutBid}`;
  const decimals = bid.length - bid.indexOf(".") - 1;
  return { instrument, points: Math.round(Number(bid) * 10 ** decimals), decimals };
}

function moved({ points, decimals }: Price, by: number): string {
  return ((points + by) / 10 ** decimals).toFixed(decimals);
}

function away({ decimals }: Price, points: number): string {
  return (points / 10 ** decimals).toFixed(decimals);
}

function signedUnits(random: Random): string {
  const size = random.chance(0.4) ? random.pick([1_000, 2_000]) : random.scale(1, 20_000);
  return `${random.chance(0.5) ? "" : "-"}${size}`;
}

function exitsOnFill(random: Random, price: Price) {
  const distance = () => away(price, random.int(60, 400));
  if (random.chance(0.5)) return {};
  return {
    ...(random.chance(0.5) ? { stopLossOnFill: { distance: distance() } } : {}),
    ...(random.chance(0.3) ? { trailingStopLossOnFill: { distance: distance() } } : {}),
    ...(random.chance(0.3) ? { guaranteedStopLossOnFill: { distance: distance() } } : {}),
    ...(random.chance(0.4)
      ? { takeProfitOnFill: { price: moved(price, random.int(-300, 300)) } }
      : {}),
  };
}

const TRADES = { path: "openTrades", list: "trades" } as const;
const ORDERS = { path: "pendingOrders", list: "orders" } as const;

async function oneOf(
  practice: Practice,
  random: Random,
  { path, list }: { readonly path: string; readonly list: "orders" | "trades" },
): Promise<Body | null> {
  const { json } = await practice.get(`${A}/${path}`);
  return json[list].length > 0 ? random.pick(json[list]) : null;
}
