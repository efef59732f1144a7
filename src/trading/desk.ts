import type { Here, RiskLimits } from "../compliance/check.ts";
import type { AccountProfile, ConnectionProfile } from "../core/connection.ts";
import type { Distance } from "../core/distance.ts";
import { Failure } from "../core/failures.ts";
import { type Instrument, instrumentNames } from "../core/instrument.ts";
import { nearestName } from "../core/nearest.ts";
import { msBetween } from "../core/time.ts";
import type { BalanceBook } from "../ports/balance-book.ts";
import type { Capabilities } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { HaltSwitch } from "../ports/control.ts";
import type { DayBook } from "../ports/day-book.ts";
import type { InstrumentCache } from "../ports/instrument-cache.ts";
import type { Journal } from "../ports/journal.ts";
import type { NakedTrades, StopPolicy } from "../ports/naked-trades.ts";
import type { OrderFence } from "../ports/order-fence.ts";
import type { GatedBroker } from "../ports/wire-gate.ts";

/** Everything needed to trade one account: its broker, its records, and the user's rules. */
export type Desk = {
  readonly profile: ConnectionProfile;
  readonly account: AccountProfile;
  readonly broker: GatedBroker;
  readonly capabilities: Capabilities;
  readonly journal: Journal;
  /** Where the account's orders are known to other computers; null where only this one trades on it. */
  readonly fence: (() => Promise<OrderFence>) | null;
  readonly halts: HaltSwitch;
  readonly dayBook: DayBook;
  readonly balances: BalanceBook;
  readonly nakedTrades: NakedTrades;
  readonly instruments: InstrumentCache;
  readonly clock: Clock;
  readonly policy: TradingPolicy;
  readonly actor: Actor;
  /** New ids, unique over all processes. */
  readonly newId: () => string;
  /** Whether the process that owns an intent still runs. */
  readonly isOwnerAlive: (owner: string) => boolean;
};

export type TradingPolicy = {
  readonly limits: RiskLimits;
  readonly onStopRefused: StopPolicy;
  /** So long the same order again counts as a possible mistake. */
  readonly duplicateWindowMs: number;
  readonly exits: { readonly pair: DefaultExits; readonly stock: DefaultExits };
};

/** The distances that a bare `--sl`, `--tp` or `--trailing` means. */
export type DefaultExits = {
  readonly stopLoss: Distance;
  readonly takeProfit: Distance;
  readonly trailingStop: Distance;
};

/** The exits that bare options mean for `instrument`. */
export function defaultExits({ policy }: Desk, { type }: Instrument): DefaultExits {
  return type === "forex" ? policy.exits.pair : policy.exits.stock;
}

/** An id for an order that its user gave none. */
export function newClientOrderId({ newId }: Pick<Desk, "newId">): string {
  return `tmt-${newId()}`;
}

/** What makes a command mean this account, whatever the default is: the end of every command that a hint names. */
export function selecting({ profile, account }: Pick<Desk, "profile" | "account">): string {
  return `-c ${profile.name} -a ${account.id}`;
}

/** Where a command that a rule's hint names is to act. */
export function hereOf(desk: Pick<Desk, "profile" | "account">): Here {
  const { profile, account } = desk;
  return { connection: profile.name, account: account.id, selecting: selecting(desk) };
}

/** Who did it: goes into every audit entry. */
export type Actor = {
  readonly user: string;
  /** `host:pid:start` of this process. */
  readonly process: string;
  readonly version: string;
  /** Whether a person sat there, cron ran it, or another program; who an agent is stands with the order. */
  readonly session?: "terminal" | "cron" | "script";
  /** Digests of the program and of the configuration that it ran with; null where there is none. */
  readonly build?: string | null;
  readonly configuration?: string | null;
};

const INSTRUMENTS_FRESH_MS = 300_000;

/**
 * The instrument that `text` means, from the five-minute cache or the broker.
 * @throws Failure INSTRUMENT_NOT_FOUND with the nearest names.
 */
export async function findInstrument(desk: Desk, text: string): Promise<Instrument> {
  const atHand = await cachedInstruments(desk, instrumentNames(text));
  const found = atHand && namedBy(text, atHand);
  return found ?? instrumentIn(await instrumentsOf(desk), text, desk.profile.name);
}

/** The one of `known` that `text` means. @throws Failure INSTRUMENT_NOT_FOUND with the nearest names. */
export function instrumentIn(
  known: readonly Instrument[],
  text: string,
  connection: string,
): Instrument {
  const found = namedBy(text, known);
  if (!found) throw instrumentNotFound(text, known, connection);
  return found;
}

function namedBy(text: string, known: readonly Instrument[]): Instrument | undefined {
  for (const name of instrumentNames(text)) {
    const found = known.find((instrument) => instrument.name === name);
    if (found) return found;
  }
  return undefined;
}

/** Every instrument of the account, at most five minutes old. */
export async function instrumentsOf(desk: Desk): Promise<readonly Instrument[]> {
  const known = await cachedInstruments(desk);
  if (known) return known;
  const readAt = desk.clock.now();
  const instruments = await desk.broker.instruments();
  await desk.instruments.write(desk.profile.name, desk.account.id, { instruments, readAt });
  return instruments;
}

/** null where the cache has none, or old ones. */
async function cachedInstruments(
  { profile, account, instruments, clock }: Desk,
  names?: readonly string[],
): Promise<readonly Instrument[] | null> {
  const cached = await instruments.read(profile.name, account.id, names);
  return cached && isFresh(msBetween(cached.readAt, clock.now())) ? cached.instruments : null;
}

function isFresh(ageMs: number): boolean {
  return ageMs >= 0 && ageMs < INSTRUMENTS_FRESH_MS;
}

function instrumentNotFound(
  text: string,
  known: readonly Instrument[],
  connection: string,
): Failure {
  const names = known.map((instrument) => instrument.name);
  const near = nearestName(text.replaceAll(/[/-]/g, "_"), names);
  return new Failure(
    "INSTRUMENT_NOT_FOUND",
    `"${text.slice(0, 40)}" is not an instrument of ${connection}. Nothing was sent.`,
    {
      hint: `${near ? `Did you mean ${near}? ` : ""}All names: tmt-broker accounts instruments -c ${connection}`,
    },
  );
}
