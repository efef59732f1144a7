import type { Instrument } from "../../core/instrument.ts";
import { instantToMs } from "../../core/time.ts";
import { accountFigures } from "../engine/figures.ts";
import { type AccountCall, type Answer, forAccount, type Handler } from "./call.ts";
import { invalidValue } from "./errors.ts";
import type { LineStream, LineWriter } from "./line-stream.ts";
import { booleanOf, requiredListOf, timeOf } from "./query.ts";
import type { Route } from "./router.ts";
import type { Json } from "./wire.ts";
import {
  homeConversionsJson,
  priceJson,
  quoteFactorsJson,
  unitsAvailableJson,
} from "./wire-market.ts";

const PRICING = "/v3/accounts/{account}/pricing";

export const PRICING_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: PRICING, handler: forAccount(showPrices) },
  { method: "GET", path: `${PRICING}/stream`, handler: forAccount(streamPrices) },
];

function showPrices(call: AccountCall): Answer {
  const { query, wire, now } = call;
  const instruments = instrumentsOf(call);
  const since = timeOf(query, "since");
  const hasUnits = booleanOf(query, "includeUnitsAvailable", false);
  const hasConversions = booleanOf(query, "includeHomeConversions", false);
  const unitsOf = hasUnits ? unitsAvailable(call) : () => ({});
  const prices = instruments.flatMap((instrument): readonly Json[] => {
    const quote = call.ledger.venue.feed.quoteAt(instrument.name, instantToMs(now));
    if (!quote || (since !== undefined && quote.time <= since)) return [];
    const factors = { quoteHomeConversionFactors: quoteFactorsJson(wire, instrument, now) };
    return [{ ...priceJson(wire, instrument.name, quote), ...factors, ...unitsOf(instrument) }];
  });
  const conversions = hasConversions
    ? { homeConversions: homeConversionsJson(wire, instruments, now) }
    : {};
  return { status: 200, body: { prices, ...conversions, time: wire.time(now) } };
}

function unitsAvailable({ ledger, wire, now }: AccountCall): (instrument: Instrument) => Json {
  const context = { figures: accountFigures(ledger.venue, ledger.account, now), at: now };
  return (instrument) => ({ unitsAvailable: unitsAvailableJson(wire, instrument, context) });
}

/** @throws Refusal 400 when none are named, or an unknown one. */
function instrumentsOf({ query, ledger }: AccountCall): readonly Instrument[] {
  return [...new Set(requiredListOf(query, "instruments"))].map((name) => {
    const instrument = ledger.venue.feed.instrument(name);
    if (!instrument) throw invalidValue("instruments");
    return instrument;
  });
}

function streamPrices(call: AccountCall): Answer {
  const names = instrumentsOf(call).map((instrument) => instrument.name);
  const hasSnapshot = booleanOf(call.query, "snapshot", true);
  const hasConversions = booleanOf(call.query, "includeHomeConversions", false);
  const options = { names, hasSnapshot, hasConversions };
  return { openStream: (lines) => priceStream(call, lines, options) };
}

type PriceStreamOptions = {
  readonly names: readonly string[];
  readonly hasSnapshot: boolean;
  readonly hasConversions: boolean;
};

/** Each instrument's newest price, whenever it's another than the last one sent: a slow reader skips some. */
function priceStream(
  { ledger, wire, clock, now }: AccountCall,
  lines: LineWriter,
  { names, hasSnapshot, hasConversions }: PriceStreamOptions,
): LineStream {
  const { feed } = ledger.venue;
  const quoteOf = (name: string) => feed.quoteAt(name, instantToMs(clock.now()));
  const conversionsOf = (name: string): Json => {
    const instrument = feed.instrument(name);
    const instruments = instrument ? [instrument] : [];
    return { homeConversions: homeConversionsJson(wire, instruments, clock.now()) };
  };
  const sent = new Map<string, string>();
  if (!hasSnapshot) {
    for (const name of names) {
      const quote = feed.quoteAt(name, instantToMs(now));
      if (quote) sent.set(name, versionOf(quote));
    }
  }
  const pump = () => {
    for (const name of names) {
      if (lines.isBehind()) return;
      const quote = quoteOf(name);
      if (!quote || sent.get(name) === versionOf(quote)) continue;
      sent.set(name, versionOf(quote));
      const conversions = hasConversions ? conversionsOf(name) : {};
      lines.write({ ...priceJson(wire, name, quote), ...conversions });
    }
  };
  const heartbeat = () => ({ type: "HEARTBEAT", time: wire.time(clock.now()) });
  return { pump, heartbeat };
}

/** Two quotes of an instrument differ by their time, or by the market's having closed since. */
function versionOf({ time, tradeable }: { readonly time: string; readonly tradeable: boolean }) {
  return `${time} ${tradeable}`;
}
