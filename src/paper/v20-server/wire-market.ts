import type { Instrument, InstrumentType } from "../../core/instrument.ts";
import { type Decimal, maximumOf, sumOf, ZERO } from "../../core/money.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import { type AccountFigures, conversionFactors } from "../engine/figures.ts";
import { guaranteedStopTerms } from "../engine/guaranteed.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { commissionOf, financingDaysOf, type VenueProfile } from "../venue-profile.ts";
import { type Json, optional, type Wire } from "./wire.ts";

/** OANDA knows no stocks: they show as contracts for difference. */
const TYPES: Record<InstrumentType, string> = {
  forex: "CURRENCY",
  metal: "METAL",
  cfd: "CFD",
  stock: "CFD",
};

const WEEK = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const RATE_PLACES = 4;

export function instrumentJson(instrument: Instrument, profile: VenueProfile): Json {
  const distance = (value: Decimal) => value.toFixed(instrument.pricePrecision);
  return {
    name: instrument.name,
    type: TYPES[instrument.type],
    displayName: instrument.displayName,
    pipLocation: pipLocationOf(instrument.pipSize),
    displayPrecision: instrument.pricePrecision,
    tradeUnitsPrecision: instrument.unitsPrecision,
    minimumTradeSize: instrument.minimumUnits.toString(),
    maximumTrailingStopDistance: optional(instrument.maximumTrailingDistance, distance),
    minimumTrailingStopDistance: optional(instrument.minimumTrailingDistance, distance),
    maximumPositionSize: "0",
    maximumOrderUnits: (instrument.maximumUnits ?? ZERO).toString(),
    marginRate: instrument.marginRate.toString(),
    ...commissionJson(profile),
    ...guaranteedJson(instrument, profile),
    tags: [{ type: "ASSET_CLASS", name: TYPES[instrument.type] }],
    financing: optional(instrument.financing, ({ longRate, shortRate }) => ({
      longRate: longRate.toFixed(RATE_PLACES),
      shortRate: shortRate.toFixed(RATE_PLACES),
      financingDaysOfWeek: financingDaysJson(financingDaysOf(profile, instrument.name)),
    })),
  };
}

/** Terms are told where there is a commission. */
function commissionJson(profile: VenueProfile): Json {
  const { amount, perUnits, minimum } = commissionOf(profile);
  if (amount.isZero()) return {};
  const [commission, unitsTraded, minimumCommission] = [`${amount}`, `${perUnits}`, `${minimum}`];
  return { commission: { commission, unitsTraded, minimumCommission } };
}

/** Guaranteed stops of the instrument, in price units. */
function guaranteedJson(instrument: Instrument, profile: VenueProfile): Json {
  const { mode, minimumDistance, premium } = guaranteedStopTerms(profile, instrument);
  if (mode === "DISABLED") return { guaranteedStopLossOrderMode: mode };
  return {
    guaranteedStopLossOrderMode: mode,
    minimumGuaranteedStopLossDistance: priceText(minimumDistance, instrument),
    guaranteedStopLossOrderExecutionPremium: priceText(premium, instrument),
  };
}

function priceText(value: Decimal, { pricePrecision }: Instrument): string {
  return value.toFixed(Math.max(pricePrecision, value.decimals()));
}

/** The week as OANDA lists it, Monday first. */
function financingDaysJson(days: readonly number[]): readonly Json[] {
  const [sunday, ...rest] = WEEK.map((dayOfWeek, day) => ({
    dayOfWeek,
    daysCharged: days[day] ?? 0,
  }));
  return sunday ? [...rest, sunday] : rest;
}

/** The exponent of a pip: -4 for 0.0001, 0 for 1, 1 for 10. */
export function pipLocationOf(pipSize: Decimal): number {
  const decimals = pipSize.decimals();
  return decimals > 0 ? -decimals : pipSize.toString().length - 1;
}

/** A price line as the stream sends it. */
export function priceJson(wire: Wire, instrument: string, quote: VenueQuote): Json {
  const bid = wire.price(instrument, quote.bid);
  const ask = wire.price(instrument, quote.ask);
  const liquidity = wholeUnits(wire.ledger.venue.profile.liquidity);
  return {
    type: "PRICE",
    time: wire.time(quote.time),
    bids: [{ price: bid, liquidity }],
    asks: [{ price: ask, liquidity }],
    closeoutBid: bid,
    closeoutAsk: ask,
    status: quote.tradeable ? "tradeable" : "non-tradeable",
    tradeable: quote.tradeable,
    instrument,
  };
}

/** The one amount that OANDA sends as a JSON integer. */
function wholeUnits(units: Decimal): number {
  return Number(units.rounded(0, "down").digits);
}

/** What the deprecated parts of a polled price say of `instrument`. */
export function quoteFactorsJson(
  wire: Wire,
  instrument: Instrument,
  at: Instant,
): Json | undefined {
  const { venue, account } = wire.ledger;
  const pair = { currency: instrument.quoteCurrency, home: account.currency };
  return optional(conversionFactors(venue, pair, at), ({ gain, loss }) => ({
    positiveUnits: gain.toString(),
    negativeUnits: loss.toString(),
  }));
}

/** Factors into home currency of every base and quote currency of `instruments`, sorted by name. */
export function homeConversionsJson(
  wire: Wire,
  instruments: readonly Instrument[],
  at: Instant,
): readonly Json[] {
  const { venue, account } = wire.ledger;
  const currencies = new Set(
    instruments.flatMap(({ baseCurrency, quoteCurrency }) => [baseCurrency, quoteCurrency]),
  );
  return [...currencies].sort().flatMap((currency) => {
    const factors = conversionFactors(venue, { currency, home: account.currency }, at);
    if (factors === null) return [];
    return {
      currency,
      accountGain: factors.gain.toString(),
      accountLoss: factors.loss.toString(),
      positionValue: factors.value.toString(),
    };
  });
}

type Room = { readonly long: Decimal; readonly short: Decimal };

/** How many units could be bought and sold now, by each way of filling a position. */
export function unitsAvailableJson(
  wire: Wire,
  instrument: Instrument,
  context: { readonly figures: AccountFigures; readonly at: Instant },
): Json {
  const trades = context.figures.trades.filter(({ trade }) => trade.instrument === instrument.name);
  const position = sumOf(trades.map(({ trade }) => trade.currentUnits));
  const freed = sumOf(trades.map(({ marginUsed }) => marginUsed));
  const room = (margin: Decimal) => affordableUnits(wire, instrument, { margin, at: context.at });
  const open = room(context.figures.marginAvailable);
  const longs = maximumOf(ZERO, position);
  const shorts = maximumOf(ZERO, position.negated());
  const flipped = room(context.figures.marginAvailable.plus(freed));
  const reduceFirst = {
    long: shorts.isZero() ? open : shorts.plus(flipped),
    short: longs.isZero() ? open : longs.plus(flipped),
  };
  const json = ({ long, short }: Room) => ({ long: long.toString(), short: short.toString() });
  return {
    default: json(reduceFirst),
    reduceFirst: json(reduceFirst),
    reduceOnly: json({ long: shorts, short: longs }),
    openOnly: json({ long: shorts.isZero() ? open : ZERO, short: longs.isZero() ? open : ZERO }),
  };
}

/** The most units whose margin at mid is at most `margin`. */
function affordableUnits(
  wire: Wire,
  instrument: Instrument,
  { margin, at }: { readonly margin: Decimal; readonly at: Instant },
): Decimal {
  const { venue, account } = wire.ledger;
  const quote = venue.feed.quoteAt(instrument.name, instantToMs(at));
  const pair = { currency: instrument.quoteCurrency, home: account.currency };
  const factors = conversionFactors(venue, pair, at);
  if (!quote || !factors) return ZERO;
  const rate = maximumOf(instrument.marginRate, account.marginRate ?? ZERO);
  const twiceUnit = quote.bid.plus(quote.ask).times(rate).times(factors.value);
  if (!twiceUnit.isPositive()) return ZERO;
  const units = margin.plus(margin).dividedBy(twiceUnit, instrument.unitsPrecision, "down");
  return maximumOf(ZERO, units);
}
