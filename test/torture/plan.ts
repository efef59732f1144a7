import { type Decimal, decimal } from "../../src/core/money.ts";
import { FAULT_KINDS, type FaultKind } from "../../src/paper/v20-server/faults.ts";
import { Random } from "../simulation/random.ts";

/** Every kind of fault, and a run without any. */
export const TORTURES = ["none", ...FAULT_KINDS] as const;
export type Torture = "none" | FaultKind;

/** How often it strikes while orders are placed: a share of requests (of lines, for streams), or milliseconds. */
export const RATES: Readonly<Record<FaultKind, number>> = {
  latency: 150,
  "http-500": 0.15,
  "http-429": 0.1,
  "http-html-502": 0.15,
  reset: 0.15,
  stall: 0.02,
  "partial-fill": 0.3,
  "stop-refused": 0.3,
  "lost-response": 0.2,
  malformed: 0.1,
  "stream-drop": 0.2,
  "stream-silent": 0.2,
};

/** Processes at the same time. */
export const LANES = 6;
/** Orders of one round; after it, what has no outcome yet is settled. */
const ROUND = 60;

export const INSTRUMENTS = [
  ...["EUR_USD", "GBP_USD", "AUD_USD", "NZD_USD", "USD_JPY", "USD_CHF"],
  ...["USD_CAD", "EUR_GBP", "EUR_JPY", "GBP_JPY", "AUD_JPY", "EUR_CHF"],
] as const;

/** When a process dies: at a step that it takes at its database or socket, or after a share of its usual time. */
export type Kill =
  | { readonly at: "step"; readonly step: number }
  | { readonly at: "share"; readonly share: number };

/** Prices at the start of a run, by instrument. */
export type Prices = ReadonlyMap<string, { readonly bid: Decimal; readonly precision: number }>;

/** One process: a command, and how it ends. */
export type Step = {
  readonly kind: StepKind;
  readonly account: number;
  readonly instrument: string;
  /** The client order id that it gives its order; null where it can't give one. */
  readonly clientId: string | null;
  readonly words: string;
  /** Where its price lies, in thousandths of the market's. */
  readonly permille: number | null;
  readonly kill: Kill | null;
};

export type StepKind = keyof typeof WEIGHTS;

const WEIGHTS = {
  market: 54,
  exits: 6,
  limit: 12,
  modify: 7,
  cancel: 6,
  close: 9,
  "close-part": 3,
  again: 2,
  "close-all": 0.5,
  "cancel-all": 0.5,
} as const;

const KILLED = 0.15;
/** Steps of an order from its first question to its last word; a few commands have fewer, and live. */
const STEPS = [30, 95] as const;

export type PlanOptions = {
  readonly seed: number;
  readonly orders: number;
  readonly accounts: number;
};

export type Plan = PlanOptions & {
  readonly torture: Torture;
  /** Steps of one round, shared among the lanes. */
  readonly rounds: readonly (readonly Step[])[];
};

/** The same seed gives the same orders and the same deaths. */
export function planOf(torture: Torture, options: PlanOptions): Plan {
  const { seed, orders, accounts } = options;
  const random = new Random(seed * 101 + TORTURES.indexOf(torture));
  const rounds: Step[][] = [];
  const named: Step[] = [];
  for (let count = 0; count < orders; count += 1) {
    // What is changed, cancelled or repeated was made in an earlier round.
    if (count % ROUND === 0) rounds.push([]);
    const earlier = named.filter((step) => !rounds.at(-1)?.includes(step));
    const step = stepOf({ random, torture, count, earlier, accounts });
    rounds.at(-1)?.push(step);
    if (step.clientId !== null) named.push(step);
  }
  return { ...options, torture, rounds };
}

type Draw = {
  readonly random: Random;
  readonly torture: Torture;
  readonly count: number;
  readonly accounts: number;
  readonly earlier: readonly Step[];
};

function stepOf({ random, torture, count, accounts, earlier }: Draw): Step {
  const kind = random.weighted(WEIGHTS);
  const account = random.between(0, accounts - 1);
  const instrument = random.pick(...INSTRUMENTS);
  const side = random.pick("buy", "sell");
  const units = random.between(1, 900);
  const entry = `order ${side} ${instrument} ${units}`;
  const base = {
    kind,
    account,
    instrument,
    clientId: `${torture}-${count}`,
    permille: null,
    kill: killOf(random),
  };
  const away = (side === "buy" ? -1 : 1) * random.between(10, 30);
  switch (kind) {
    case "market":
      return { ...base, words: entry };
    case "exits":
      return { ...base, words: `${entry} --sl 90p --tp 180p` };
    case "limit":
      return { ...base, words: `${entry} --type limit`, permille: 1000 + away };
    case "close":
      return { ...base, clientId: null, words: `positions close ${instrument}` };
    case "close-part":
      return { ...base, clientId: null, words: `positions close ${instrument} --units 50%` };
    case "close-all":
      return { ...base, clientId: null, words: "positions close --all" };
    case "cancel-all":
      return { ...base, clientId: null, words: "order cancel --all" };
    case "modify":
    case "cancel":
    case "again":
      return (
        aboutEarlier(base, { random, earlier, units }) ?? { ...base, kind: "market", words: entry }
      );
  }
}

/** A step about an order of an earlier round; null where there is none yet. */
function aboutEarlier(
  base: Omit<Step, "words">,
  { random, earlier, units }: Pick<Draw, "random" | "earlier"> & { readonly units: number },
): Step | null {
  const isLimit = base.kind !== "again";
  const candidates = earlier.filter(({ kind }) => !isLimit || kind === "limit").slice(-12);
  const target = candidates[random.between(0, Math.max(0, candidates.length - 1))];
  if (!target) return null;
  const { account, instrument } = target;
  const about = { ...base, account, instrument };
  if (base.kind === "again") {
    return { ...about, clientId: target.clientId, words: target.words, permille: target.permille };
  }
  const named = { ...about, clientId: null };
  if (base.kind === "cancel") return { ...named, words: `order cancel @${target.clientId}` };
  const words = `order modify @${target.clientId} --units ${units}`;
  const away = target.words.startsWith("order buy") ? -1 : 1;
  return { ...named, words, permille: 1000 + away * random.between(31, 45) };
}

function killOf(random: Random): Kill | null {
  if (!random.chance(KILLED)) return null;
  return random.chance(0.5)
    ? { at: "step", step: random.between(...STEPS) }
    : { at: "share", share: random.between(40, 110) / 100 };
}

/** The words of a step as they are typed. */
export function wordsOf(step: Step, prices: Prices): readonly string[] {
  const { kind, words, permille, clientId, instrument } = step;
  const price = prices.get(instrument);
  const own = words.split(" ");
  if (permille !== null && price) {
    const { bid, precision } = price;
    const shifted = bid.times(decimal(`${permille}`)).dividedBy(decimal("1000"), precision);
    own.push("--price", shifted.toFixed(precision));
  }
  const isNew = clientId !== null && kind !== "modify" && kind !== "cancel";
  return isNew ? [...own, "--client-id", clientId] : own;
}
