import type { HomeConversion } from "../../core/conversion.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import type { Instrument } from "../../core/instrument.ts";
import type { QuoteSnapshot } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AccountReader } from "./api.ts";
import { quoteCurrencyOf } from "./instruments.ts";
import { toHomeCurrency } from "./wire-account.ts";
import { hasIdentity, type Pricing, toPricing, withHome } from "./wire-pricing.ts";

export type QuoteSources = {
  readonly read: AccountReader;
  readonly clock: Clock;
  /** Asked for only when the broker refuses a list of names without naming the culprit. */
  readonly instruments: () => Promise<readonly Instrument[]>;
};

/** The account's quotes; it remembers the account's currency once that is known. */
export interface AccountQuotes {
  quotes(names: readonly string[]): Promise<QuoteSnapshot>;
  /** Spares a request when the currency is known from elsewhere. */
  rememberHome(currency: string): void;
}

const INSTRUMENT_NAME = /^[A-Za-z0-9_.]+$/;

export function openQuotes(sources: QuoteSources): AccountQuotes {
  let home: string | null = null;
  const withOwnCurrency = async (conversions: readonly HomeConversion[]) => {
    if (home === null && hasIdentity(conversions)) return conversions;
    home ??= await sources.read("/summary", toHomeCurrency);
    return withHome(conversions, home);
  };
  return {
    async quotes(names) {
      if (names.length === 0) return { quotes: [], conversions: [], time: sources.clock.now() };
      const pricing = await readPricing(names, sources);
      const conversions = await withOwnCurrency(pricing.conversions);
      checkConversions(names, conversions);
      return { quotes: inOrder(names, pricing), conversions, time: pricing.time };
    },
    rememberHome(currency) {
      home = currency;
    },
  };
}

async function readPricing(names: readonly string[], sources: QuoteSources): Promise<Pricing> {
  const path = `/pricing?instruments=${namesInPath(names)}&includeHomeConversions=true`;
  try {
    return await sources.read(path, (body) => toPricing(body, sources.clock.now()));
  } catch (error) {
    throw await namingUnknown(error, names, sources.instruments);
  }
}

/**
 * A list of instruments as part of a path.
 * @throws Failure USAGE when it is empty, INSTRUMENT_NOT_FOUND naming one that can't be any.
 */
export function namesInPath(names: readonly string[]): string {
  return encodeURIComponent(checkedNames(names).join(","));
}

/** Each once. @throws Failure as `namesInPath` does. */
export function checkedNames(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw usageFailure("There is no instrument to get prices of.");
  const illegal = names.find((name) => !INSTRUMENT_NAME.test(name));
  if (illegal !== undefined) throw unknownInstrument(illegal);
  return [...new Set(names)];
}

/** The broker refuses a list as a whole: the failure that names the first unknown instrument in it. */
export async function namingUnknown(
  error: unknown,
  names: readonly string[],
  instruments: () => Promise<readonly Instrument[]>,
): Promise<unknown> {
  if (!(error instanceof Failure) || error.code !== "INSTRUMENT_NOT_FOUND") return error;
  const known = new Set((await instruments()).map((each) => each.name));
  return unknownInstrument(names.find((name) => !known.has(name)) ?? names.join(", "));
}

function inOrder(names: readonly string[], { quotes }: Pricing) {
  return names.map((name) => {
    const quote = quotes.get(name);
    if (!quote) throw unknownInstrument(name);
    return quote;
  });
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
    hint: "See `tmt-broker accounts instruments` for what it trades.",
    details: { instrument: name },
  });
}
