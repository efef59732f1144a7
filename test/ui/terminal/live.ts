import type { Account } from "../../../src/core/account.ts";
import type { Instrument } from "../../../src/core/instrument.ts";
import { decimal, toPrice, toUnits, ZERO } from "../../../src/core/money.ts";
import { positionsOf } from "../../../src/core/position.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import type { Trade } from "../../../src/core/trade.ts";
import type {
  LiveAccount,
  LiveConnection,
  LivePosition,
  LiveQuote,
} from "../../../src/ports/live.ts";
import { UTC_TIMES } from "../../../src/ui/output/times.ts";
import { UNICODE } from "../../../src/ui/terminal/glyphs.ts";
import type { ScreenView } from "../../../src/ui/terminal/screen.ts";
import { initialState, PANELS, type WatchState } from "../../../src/ui/terminal/state.ts";
import type { Outcome, WatchActions, WatchSnapshot } from "../../../src/ui/terminal/watch-desk.ts";

export const NOW = {
  wall: instantFromMs(Date.parse("2026-11-25T12:00:00Z")),
  monotonicMs: 1_000_000,
};

export const EUR_USD: Instrument = {
  name: "EUR_USD",
  displayName: "EUR/USD",
  type: "forex",
  baseCurrency: "EUR",
  quoteCurrency: "USD",
  pipSize: decimal("0.0001"),
  pricePrecision: 5,
  unitsPrecision: 0,
  minimumUnits: decimal("1"),
  maximumUnits: null,
  marginRate: decimal("0.02"),
  minimumTrailingDistance: null,
  maximumTrailingDistance: null,
  financing: null,
};

export function liveQuote(change: Partial<LiveQuote> = {}): LiveQuote {
  const time = NOW.wall;
  return {
    connection: "paper",
    instrument: "EUR_USD",
    terms: EUR_USD,
    quote: {
      instrument: "EUR_USD",
      bid: toPrice(decimal("1.0850")),
      ask: toPrice(decimal("1.08512")),
      tradeable: true,
      time,
      receivedAt: time,
    },
    age: { ms: 300, at: NOW },
    isStale: false,
    latencyMs: 12,
    direction: "up",
    doubt: null,
    ...change,
  };
}

export function liveConnection(change: Partial<LiveConnection> = {}): LiveConnection {
  return {
    name: "paper",
    broker: "paper",
    environment: "paper",
    status: "connected",
    detail: null,
    sinceMs: 0,
    retryAtMs: null,
    opensAt: null,
    failure: null,
    latencyMs: 3,
    clockSkewMs: null,
    droppedQuotes: 0,
    ...change,
  };
}

export function trade(change: Partial<Trade> = {}): Trade {
  return {
    id: "7",
    instrument: "EUR_USD",
    direction: "long",
    units: toUnits(decimal("10000")),
    openPrice: toPrice(decimal("1.08400")),
    openedAt: NOW.wall,
    unrealizedPl: decimal("10"),
    realizedPl: ZERO,
    financing: ZERO,
    marginUsed: decimal("217"),
    stopLoss: toPrice(decimal("1.08200")),
    isStopGuaranteed: false,
    takeProfit: null,
    trailingStop: null,
    clientOrderId: null,
    signalId: null,
    ...change,
  };
}

export function livePosition(
  trades: readonly Trade[],
  change: Partial<LivePosition> = {},
): LivePosition {
  const [position] = positionsOf(trades);
  if (!position) throw new Error("no trades");
  const currentPrice = toPrice(decimal("1.08500"));
  return { position, currentPrice, isLive: true, terms: EUR_USD, ...change };
}

const ACCOUNT: Account = {
  id: "001",
  alias: null,
  currency: "USD",
  balance: decimal("100000"),
  unrealizedPl: decimal("10"),
  realizedPl: ZERO,
  equity: decimal("100010"),
  marginUsed: decimal("217"),
  marginAvailable: decimal("99793"),
  marginCloseoutPercent: decimal("0.0011"),
  marginRate: null,
  guaranteedStops: "disabled",
  positionValue: decimal("10850"),
  openPositions: 1,
  openTrades: 1,
  pendingOrders: 0,
  lastTransactionId: "7",
  asOf: NOW.wall as Instant,
};

export function liveAccount(change: Partial<LiveAccount> = {}): LiveAccount {
  return {
    connection: "paper",
    environment: "paper",
    id: "001",
    alias: null,
    status: "live",
    detail: null,
    account: ACCOUNT,
    positions: [livePosition([trade()])],
    pendingOrders: [],
    age: { ms: 0, at: NOW },
    ...change,
  };
}

export function snapshotOf(change: Partial<WatchSnapshot> = {}): WatchSnapshot {
  return {
    connections: [liveConnection()],
    quotes: [liveQuote()],
    accounts: [liveAccount()],
    totals: [],
    events: [],
    records: new Map(),
    dayPl: new Map(),
    dayOpenings: new Map(),
    ...change,
  };
}

export function viewOf(
  change: Partial<WatchSnapshot> = {},
  state: Partial<WatchState> = {},
): ScreenView {
  return {
    snapshot: snapshotOf(change),
    state: { ...initialState({ palette: "default", isAscii: false, panels: PANELS }), ...state },
    glyphs: UNICODE,
    times: UTC_TIMES,
    trails: { of: () => null },
    now: NOW,
    verbs: ["order buy", "order list", "positions list"],
  };
}

const NOTHING: Outcome = { level: "note", text: "Nothing is done here." };

async function nothingDone(): Promise<Outcome> {
  return NOTHING;
}

/** A screen from which nothing can be done. */
export const NO_ACTIONS: WatchActions = {
  verbs: [],
  placeTicket: nothingDone,
  close: nothingDone,
  changeExits: nothingDone,
  cancel: nothingDone,
  halt: nothingDone,
  resume: nothingDone,
  connect: nothingDone,
  disconnect: nothingDone,
  refresh: () => undefined,
  addInstrument: () => NOTHING,
  removeInstrument: () => NOTHING,
  instruments: async () => [],
  run: async (title) => ({ title, text: "" }),
};
