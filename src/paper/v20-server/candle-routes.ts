import type { Instrument } from "../../core/instrument.ts";
import { instantToMs } from "../../core/time.ts";
import { type AccountCall, type Answer, type Call, forAccount, type Handler } from "./call.ts";
import {
  type CandleRequest,
  candlesAsked,
  parseAlignment,
  parseCandleRequest,
  parseGranularity,
  parsePriceParts,
  periodsOf,
} from "./candle-request.ts";
import { type Candle, type CandleSource, candlesBefore, smoothed } from "./candle-series.ts";
import { invalidValue, Refusal } from "./errors.ts";
import { booleanOf, decimalOf, requiredListOf } from "./query.ts";
import type { Route } from "./router.ts";
import { type Json, timeWriter } from "./wire.ts";
import { candleJson } from "./wire-candles.ts";

const INSTRUMENT = "/v3/instruments/{instrument}";
const ACCOUNT = "/v3/accounts/{account}";

export const CANDLE_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: `${INSTRUMENT}/candles`, handler: showCandles },
  { method: "GET", path: `${INSTRUMENT}/orderBook`, handler: refuseBook },
  { method: "GET", path: `${INSTRUMENT}/positionBook`, handler: refuseBook },
  { method: "GET", path: `${ACCOUNT}/candles/latest`, handler: forAccount(showLatest) },
  { method: "GET", path: `${ACCOUNT}/instruments/{instrument}/candles`, handler: showForAccount },
];

/** What OANDA's JavaScript client asks for, whatever account it was given. */
const UNFILLED = "{accountID}";
/** Of each specification: the newest finished candle, and the one under way. */
const LATEST = 2;

function showForAccount(call: Call): Answer {
  const isUnfilled = call.parameters.get("account") === UNFILLED;
  return isUnfilled ? showCandles(call) : forAccount(showCandles)(call);
}

function showCandles(call: Call): Answer {
  const instrument = instrumentOf(call, call.parameters.get("instrument") ?? "", "instrument");
  const request = parseCandleRequest(call.query);
  checkUnits(call);
  const source = sourceOf(call, instrument, request);
  const candles = candlesAsked(source, call.query, { ...request, now: call.now });
  return { status: 200, body: seriesJson(call, { instrument, request, source }, candles) };
}

function showLatest(call: AccountCall): Answer {
  const { query } = call;
  const isSmooth = booleanOf(query, "smooth", false);
  const alignment = parseAlignment(query);
  checkUnits(call);
  const latestCandles = requiredListOf(query, "candleSpecifications").map((text) => {
    const [name = "", granularity = "", price = "M"] = text.split(":");
    const parameter = "candleSpecifications";
    const instrument = instrumentOf(call, name, parameter);
    const request = {
      granularity: parseGranularity(granularity, parameter),
      parts: parsePriceParts(price, parameter),
      isSmooth,
      alignment,
    };
    const source = sourceOf(call, instrument, request);
    const candles = candlesBefore(source, { toMs: source.nowMs + 1, count: LATEST });
    return seriesJson(call, { instrument, request, source }, candles);
  });
  return { status: 200, body: { latestCandles } };
}

function instrumentOf({ history }: Call, name: string, parameter: string): Instrument {
  const instrument = history.instrument(name);
  if (!instrument) throw invalidValue(parameter);
  return instrument;
}

/** Prices are the same for every size that the best bid and ask hold; but a size must be one. */
function checkUnits({ query }: Call): void {
  const units = decimalOf(query, "units");
  if (units && !units.isPositive()) throw invalidValue("units");
}

function sourceOf(call: Call, { name }: Instrument, request: CandleRequest): CandleSource {
  const nowMs = instantToMs(call.now);
  return { history: call.history, instrument: name, periodOf: periodsOf(request), nowMs };
}

type Series = {
  readonly instrument: Instrument;
  readonly request: CandleRequest;
  readonly source: CandleSource;
};

function seriesJson(
  call: Call,
  { instrument, request, source }: Series,
  candles: readonly Candle[],
): Json {
  const { granularity, parts, isSmooth } = request;
  const wire = { instrument, parts, time: timeWriter(call.timeFormat) };
  const shown = isSmooth ? smoothed(source, candles) : candles;
  return {
    instrument: instrument.name,
    granularity,
    candles: shown.map((candle) => candleJson(wire, candle)),
  };
}

/** As OANDA answers for an instrument without books: nobody else trades here whose orders could be shown. */
function refuseBook(call: Call): Answer {
  throw new Refusal(404, `${call.parameters.get("instrument")} is not a valid instrument`);
}
