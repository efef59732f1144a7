import type { Instrument } from "../../core/instrument.ts";
import { Decimal } from "../../core/money.ts";
import { type Instant, instantFromMs } from "../../core/time.ts";
import type { Extent } from "../feed/price-history.ts";
import type { PriceParts } from "./candle-request.ts";
import type { Candle } from "./candle-series.ts";
import type { Json } from "./wire.ts";

/** How candles of an instrument are written. */
export type CandleWire = {
  readonly instrument: Instrument;
  readonly parts: PriceParts;
  time(instant: Instant): string;
};

export function candleJson(wire: CandleWire, { startMs, isComplete, bar }: Candle): Json {
  const { parts } = wire;
  const { pricePrecision } = wire.instrument;
  const price = (points: number) => pointsText(points, pricePrecision);
  return {
    complete: isComplete,
    volume: bar.ticks,
    time: wire.time(instantFromMs(startMs)),
    bid: parts.bid ? extentJson(bar.bid, price) : undefined,
    mid: parts.mid
      ? extentJson(bar.mid, (half) => halfPointsText(half, pricePrecision))
      : undefined,
    ask: parts.ask ? extentJson(bar.ask, price) : undefined,
  };
}

function extentJson({ open, high, low, close }: Extent, text: (price: number) => string): Json {
  return { o: text(open), h: text(high), l: text(low), c: text(close) };
}

function pointsText(points: number, places: number): string {
  return new Decimal(BigInt(points), places).toFixed(places);
}

/** A mid price between two points goes to the even one. */
function halfPointsText(half: number, places: number): string {
  return new Decimal(BigInt(half) * 5n, places + 1).toFixed(places);
}
