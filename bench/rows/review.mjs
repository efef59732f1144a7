// What it costs to ask every rule about one order while a thousand trades are open.
import { review } from "../../src/compliance/review.ts";
import { ruleSetOn } from "../../src/compliance/rule-set.ts";
import { identityConversion } from "../../src/core/conversion.ts";
import { decimal, toPrice, toUnits, ZERO } from "../../src/core/money.ts";
import { addMs, instantFromMs } from "../../src/core/time.ts";
import { interleave, quantile, timed } from "../compare.mjs";

const TRADES = 1_000;
const REVIEWS_PER_ROUND = 100;
const WARMUP = 300;

const NOW = instantFromMs(Date.UTC(2026, 10, 18, 12));
const PAIRS = ["EUR_USD", "GBP_USD", "USD_JPY", "AUD_USD"];

/** The floor is reading the very trades: whoever decides on them has to. */
export async function measureReview(_, { rounds }) {
  const asked = [marketSell(), closeOfNewest(), withStop()].map(circumstancesOf);
  const answer = JSON.stringify({ trades: tradesOf() });
  let index = 0;
  const { reading, reviewing } = await interleave(
    {
      reading: () => timed(() => JSON.parse(answer)),
      reviewing: () => {
        index += 1;
        return timed(() => review(asked[index % asked.length], "bench"));
      },
    },
    { rounds: rounds * REVIEWS_PER_ROUND, warmup: WARMUP },
  );
  const row = "review of an order with 1,000 open trades, p99 ÷ parsing them, p99";
  return [{ row, ratio: quantile(reviewing, 0.99) / quantile(reading, 0.99), must: 1, aim: 0.5 }];
}

/** Half of the trades are in the order's own instrument, with a few sizes that several of them share. */
function tradesOf() {
  return Array.from({ length: TRADES }, (_, index) => ({
    id: String(index + 1),
    instrument: index % 2 === 0 ? "EUR_USD" : PAIRS[index % PAIRS.length],
    direction: "long",
    units: units(1_000 + (index % 97)),
    openPrice: toPrice(decimal("1.08")),
    openedAt: addMs(NOW, index),
    unrealizedPl: decimal("1.25"),
    realizedPl: ZERO,
    financing: ZERO,
    marginUsed: decimal("21.6"),
    stopLoss: index % 3 === 0 ? toPrice(decimal("1.05")) : null,
    isStopGuaranteed: false,
    takeProfit: null,
    trailingStop: null,
    clientOrderId: null,
    signalId: null,
  }));
}

function circumstancesOf(request) {
  return {
    request,
    instrument: instrument(),
    quote: {
      instrument: "EUR_USD",
      bid: toPrice(decimal("1.0850")),
      ask: toPrice(decimal("1.0851")),
      tradeable: true,
      time: NOW,
      receivedAt: NOW,
    },
    conversion: identityConversion("USD"),
    state: { account: account(), trades: tradesOf(), pendingOrders: [] },
    venue: { hedging: false, fifoSafeguard: true },
    ruleSet: ruleSetOn({ region: "US", broker: "oanda", changes: [] }, "2026-11-18"),
    limits: limits(),
    halt: null,
    ordersInLastMinute: 0,
    equityAtDayStart: decimal("1000000"),
    now: NOW,
  };
}

function marketSell() {
  return { ...order("sell"), units: units(400_000) };
}

function withStop() {
  return { ...order("buy"), stopLoss: { kind: "price", price: toPrice(decimal("1.05")) } };
}

function closeOfNewest() {
  const { account: id, clientOrderId, instrument: name, origin } = order("sell");
  const close = { kind: "close", account: id, clientOrderId, instrument: name, origin };
  return { ...close, side: "sell", tradeId: "999", units: units(1_000), isWhole: false };
}

function order(side) {
  return {
    kind: "market",
    clientOrderId: "bench",
    account: "001",
    instrument: "EUR_USD",
    side,
    units: units(1_000),
    stopLoss: null,
    takeProfit: null,
    trailingStop: null,
    priceBound: null,
    reduceOnly: false,
    timeInForce: "FOK",
    origin: { signalId: null, agent: null, comment: null },
  };
}

function instrument() {
  return {
    name: "EUR_USD",
    displayName: "EUR/USD",
    type: "forex",
    baseCurrency: "EUR",
    quoteCurrency: "USD",
    pipSize: decimal("0.0001"),
    pricePrecision: 5,
    unitsPrecision: 0,
    minimumUnits: decimal("1"),
    maximumUnits: decimal("100000000"),
    marginRate: decimal("0.02"),
    minimumTrailingDistance: null,
    maximumTrailingDistance: null,
    financing: null,
  };
}

function account() {
  return {
    id: "001",
    alias: null,
    currency: "USD",
    balance: decimal("1000000"),
    unrealizedPl: decimal("1250"),
    realizedPl: ZERO,
    equity: decimal("1001250"),
    marginUsed: decimal("21600"),
    marginAvailable: decimal("979650"),
    marginCloseoutPercent: decimal("0.01"),
    marginRate: null,
    guaranteedStops: "disabled",
    positionValue: decimal("1080000"),
    openPositions: 4,
    openTrades: TRADES,
    pendingOrders: 0,
    lastTransactionId: "5000",
    asOf: NOW,
  };
}

function limits() {
  const most = decimal("1000000000");
  return {
    maxQuoteAgeMs: 60_000,
    maxUnits: most,
    maxNotional: most,
    maxOrdersPerMinute: 60,
    maxDailyLoss: { kind: "share", share: decimal("0.1") },
    maxSpreadPips: decimal("3"),
    priceCollar: decimal("0.05"),
  };
}

function units(count) {
  return toUnits(decimal(String(count)));
}
