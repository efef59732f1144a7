import { usageFailure } from "../../core/failures.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Waiting } from "../../core/order-request.ts";
import type { OrderDraft } from "../../trading/order-draft.ts";
import { choiceOption, expiryOption, priceOption } from "../arguments.ts";

export const ORDER_TYPES = ["market", "limit", "stop", "mit"] as const;
const TIMES_IN_FORCE: readonly TimeInForce[] = ["GTC", "GTD", "DAY", "FOK", "IOC"];

/** The options that say when an order executes and how long it waits, as typed. */
export type TermsOptions = {
  readonly type?: string;
  readonly price?: string;
  readonly tif?: string;
  readonly expires?: string;
  readonly sl?: string | true;
  readonly trailing?: string | true;
  readonly maxSlippage?: string;
  readonly guaranteed?: true;
};

type Problem = { readonly text: string; readonly isThere: boolean };

/** @throws Failure USAGE that names every option that doesn't fit the others; nothing was sent. */
export function termsOf(options: TermsOptions, nowMs: number): OrderDraft["terms"] {
  const type = choiceOption("--type", options.type ?? "market", ORDER_TYPES);
  const tif = timeInForceOption(options.tif);
  if (type === "market") {
    refuse([...marketProblems(options, tif), ...stopProblems(options)], MARKET_HINT);
    return { type, timeInForce: tif === "IOC" ? "IOC" : "FOK" };
  }
  const { price } = options;
  refuse([...entryProblems(options, type, tif), ...stopProblems(options)], ENTRY_HINT);
  if (price === undefined) throw usageFailure(`A ${type} order needs --price. Nothing was sent.`);
  const waiting = waitingOf(tif, options.expires, nowMs) ?? UNTIL_CANCELLED;
  return { type, price: priceOption("--price", price), ...waiting };
}

const UNTIL_CANCELLED: Waiting = { timeInForce: "GTC", expiresAt: null };
const MARKET_HINT =
  "For an order at a price of your own add --type limit, stop or mit; at the market leave these out.";
const ENTRY_HINT = "See: tmt-broker order buy --help";

export function timeInForceOption(text: string | undefined): TimeInForce | null {
  return text === undefined ? null : choiceOption("--tif", text.toUpperCase(), TIMES_IN_FORCE);
}

/** How long an order is to wait; null when nothing is said of it. `--expires` alone means GTD. @throws Failure USAGE. */
export function waitingOf(
  tif: TimeInForce | null,
  expires: string | undefined,
  nowMs: number,
): Waiting | null {
  refuse(waitingProblems(tif, expires), ENTRY_HINT);
  if (expires !== undefined) {
    return { timeInForce: "GTD", expiresAt: expiryOption(expires, nowMs) };
  }
  return tif && { timeInForce: tif, expiresAt: null };
}

function marketProblems(options: TermsOptions, tif: TimeInForce | null): readonly Problem[] {
  const isWaiting = tif === "GTC" || tif === "GTD" || tif === "DAY";
  return [
    { text: "an order at the market has no --price", isThere: options.price !== undefined },
    {
      text: `an order at the market doesn't wait, so --tif is FOK or IOC, not ${tif}`,
      isThere: isWaiting,
    },
    {
      text: "an order at the market doesn't wait, so it has no --expires",
      isThere: options.expires !== undefined,
    },
  ];
}

function entryProblems(
  options: TermsOptions,
  type: string,
  tif: TimeInForce | null,
): readonly Problem[] {
  return [
    { text: `a ${type} order needs --price`, isThere: options.price === undefined },
    {
      text: "a limit order's own price is the worst it accepts, so it has no --max-slippage",
      isThere: type === "limit" && options.maxSlippage !== undefined,
    },
    ...waitingProblems(tif, options.expires),
  ];
}

function waitingProblems(tif: TimeInForce | null, expires: string | undefined): readonly Problem[] {
  return [
    { text: "--tif GTD needs --expires", isThere: tif === "GTD" && expires === undefined },
    {
      text: `an order that --expires is GTD, not ${tif}`,
      isThere: expires !== undefined && tif !== null && tif !== "GTD",
    },
  ];
}

function stopProblems({ guaranteed, sl, trailing }: TermsOptions): readonly Problem[] {
  const isGuaranteed = guaranteed === true;
  return [
    { text: "--guaranteed needs --sl", isThere: isGuaranteed && sl === undefined },
    {
      text: "a guaranteed stop excludes --trailing",
      isThere: isGuaranteed && trailing !== undefined,
    },
  ];
}

/** All of them at once, so that nobody mends one after the other. */
function refuse(problems: readonly Problem[], hint: string): void {
  const found = problems.filter(({ isThere }) => isThere).map(({ text }) => text);
  if (found.length === 0) return;
  const text = found.join("; ");
  throw usageFailure(`${text.charAt(0).toUpperCase()}${text.slice(1)}. Nothing was sent.`, hint);
}
