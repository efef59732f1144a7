import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { type Quote, spreadOf } from "../../core/quote.ts";
import type { QuoteDoubt } from "../../ports/live.ts";

import type { Times } from "./times.ts";

const NAME_WIDTH = 8;

type Shown = { readonly instrument: Instrument; readonly times: Times };

/** One price as a line: `12:00:01.250  EUR_USD   1.08500  1.08512  1.2 pips`. */
export function quoteLine(quote: Quote, latencyMs: number | null, { instrument, times }: Shown) {
  const { bid, ask, time, tradeable } = quote;
  const spread = toPips(spreadOf(quote), instrument).toFixed(1);
  const parts = [
    times.clock(time, "milliseconds"),
    instrument.name.padEnd(NAME_WIDTH),
    formatPrice(bid, instrument),
    formatPrice(ask, instrument),
    `${spread} pips`,
    ...(latencyMs === null ? [] : [`${Math.ceil(latencyMs)} ms old`]),
    ...(tradeable ? [] : ["not tradeable"]),
  ];
  return parts.join("  ");
}

const DOUBTS: Readonly<Record<QuoteDoubt, string>> = {
  out_of_order: "is older than the one before",
  from_the_future: "is of a time that is still to come",
  crossed: "has a bid above its ask",
  zero: "has a side without a price",
  absurd: "is far away from all before it",
};

/** Why a price that came isn't shown. */
export function doubtText({ instrument, bid, ask }: Quote, doubt: QuoteDoubt): string {
  return `A price of ${instrument} is passed over: ${bid} / ${ask} ${DOUBTS[doubt]}.`;
}
