// The program's own way of sending an order, inside this process: what a running service does.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openOandaConnection } from "../src/adapters/oanda/connection.ts";
import { auditChain } from "../src/compliance/audit/chain.ts";
import { review } from "../src/compliance/review.ts";
import { parseDistance } from "../src/core/distance.ts";
import { decimal } from "../src/core/money.ts";
import { Secret } from "../src/core/secret.ts";
import { instantToMs } from "../src/core/time.ts";
import { openStore } from "../src/history/sqlite/store.ts";
import { openGuards } from "../src/resilience/guards.ts";
import { steadyGuards } from "../src/resilience/own-guards.ts";
import { isProcessAlive, processIdentity } from "../src/resilience/process-identity.ts";
import { systemClock } from "../src/resilience/system-clock.ts";
import { CONNECTIONS } from "../src/resilience/transport.ts";
import { buildOrder } from "../src/trading/build-order.ts";
import { findInstrument } from "../src/trading/desk.ts";
import { gateBroker } from "../src/trading/gated-broker.ts";
import { circumstancesOf, readMarket } from "../src/trading/market-view.ts";
import { newUlid } from "../src/trading/new-id.ts";
import { sendOrder } from "../src/trading/send-order.ts";

const NO_LIMIT = decimal("1000000000");
const LIMITS = {
  maxQuoteAgeMs: 3_600_000,
  maxUnits: NO_LIMIT,
  maxNotional: NO_LIMIT,
  maxOrdersPerMinute: 1_000_000,
  maxDailyLoss: { kind: "share", share: decimal("0.5") },
  maxSpreadPips: NO_LIMIT,
  priceCollar: decimal("0.5"),
};

/**
 * A desk at the practice server, reached at `url`: warm connections, its own database in `folder`.
 * `orders(count)` gives reviewed orders, buys and sells in turn, so that the account stays flat.
 */
export async function openBenchDesk(folder, { url, account, token }, { isGuarded = false } = {}) {
  const store = openStore(join(folder, `desk-${randomBytes(4).toString("hex")}.db`), {
    chain: auditChain,
  });
  const connection = openOandaConnection({
    profile: { environment: "practice", host: url },
    token: new Secret(token),
    clock: systemClock,
    version: "bench",
    transport: "undici",
    ...(isGuarded ? { limits: guardsOver(store) } : {}),
  });
  const desk = deskOf(account, { store, connection });
  const instrument = await findInstrument(desk, "EUR_USD");
  const view = await readMarket(desk, instrument);
  const bare = connection.broker(account);
  let made = 0;
  const nextOrder = async () => {
    made += 1;
    return reviewedOrder(desk, view, made % 2 === 1 ? "buy" : "sell");
  };
  return {
    desk,
    store,
    orders: async (count) => {
      const orders = [];
      while (orders.length < count) orders.push(await nextOrder());
      return orders;
    },
    /** The order with its journal and audit entries, before and after. */
    send: async ({ context, cleared, verdictId, basis }) => {
      // As if reviewed just now: an order may be under way for some seconds only.
      const since = { at: systemClock.now(), monotonicMs: systemClock.monotonicMs() };
      const { signal } = new AbortController();
      const report = await sendOrder(context, cleared, { verdictId, basis, since, signal });
      if (report.status !== "filled") throw new Error(`the order was ${report.status}`);
    },
    /** The bare sending of it, without a journal and so without the gate. */
    place: async ({ cleared }) => {
      const { signal } = new AbortController();
      const outcome = await bare.place(cleared, { signal });
      if (outcome.status !== "filled") throw new Error(`the order was ${outcome.status}`);
    },
    close: async () => {
      await connection.close();
      store.close();
    },
  };
}

/** Breaker, retry and limit as a command has them, in the database; the limit itself is out of reach. */
function guardsOver(store) {
  return openGuards({
    ...steadyGuards(store, () => undefined),
    connection: "bench",
    requestsPerSecond: 1_000_000,
    connectionsPerSecond: null,
    places: CONNECTIONS.undici,
    hasBreaker: true,
    clock: systemClock,
    random: Math.random,
    owner: processIdentity(),
    isAlive: isProcessAlive,
  });
}

function deskOf(account, { store, connection }) {
  const exits = distances();
  const parts = {
    profile: { name: "bench", broker: "oanda", environment: "practice" },
    account: { id: account, alias: null, region: "US", currency: "USD" },
    capabilities: connection.capabilities,
    journal: store.journal,
    halts: store.halts,
    dayBook: store.dayBook,
    instruments: store.instruments,
    clock: systemClock,
    policy: { limits: LIMITS, exits: { pair: exits, stock: exits } },
    actor: { user: "bench", process: processIdentity(), version: "bench" },
    newId: () => newUlid(instantToMs(systemClock.now()), randomBytes(16)),
    isOwnerAlive: isProcessAlive,
  };
  const gate = { ...parts, gate: store.wireGate, alerts: { raise: () => undefined } };
  return { ...parts, broker: gateBroker(connection.broker(account), gate) };
}

function distances() {
  const distance = parseDistance("20p");
  return { stopLoss: distance, takeProfit: distance, trailingStop: distance };
}

async function reviewedOrder(desk, view, side) {
  const { order, expected } = buildOrder(desk, aDraft(side), view);
  const verdict = review(await circumstancesOf(desk, order, view), desk.newId());
  if (!verdict.cleared) throw new Error(verdict.blocks.map((block) => block.message).join(" "));
  const { id, checks, record, cleared, basis } = verdict;
  const context = {
    desk,
    request: order,
    view,
    expectedPrice: expected.price,
    checks,
    review: record,
  };
  return { context, cleared, verdictId: id, basis };
}

/** 100 EUR_USD at the market; with a signal of its own where `signalId` is given. */
export function aDraft(side, signalId = null) {
  return {
    instrument: "EUR_USD",
    side,
    size: { kind: "units", units: decimal("100"), text: "100" },
    terms: { type: "market", timeInForce: "FOK" },
    stopLoss: null,
    isStopGuaranteed: false,
    takeProfit: null,
    trailingStop: null,
    maxSlippage: null,
    reduceOnly: false,
    clientOrderId: null,
    origin: { signalId, agent: null, comment: null },
  };
}
