import type { Account } from "../core/account.ts";
import { Failure } from "../core/failures.ts";
import type { AttachedStop, EntryTerms, MarketOrder } from "../core/order-request.ts";
import { type Desk, selecting } from "./desk.ts";

type Part = { readonly part: string; readonly isMissing: boolean };

/**
 * What the broker can't do by itself is neither left out nor imitated.
 * @throws Failure UNSUPPORTED naming the first such part; nothing was sent.
 */
export function requireSupported(
  order: MarketOrder | (EntryTerms & { readonly kind: "entry" }),
  desk: Desk,
  account: Account,
): void {
  refuseMissing(order.kind === "market" ? marketParts(desk) : entryParts(order, desk), desk);
  const { attachedExits, priceBound, reduceOnly } = desk.capabilities;
  const attached = (exit: (typeof attachedExits)[number]) => attachedExits.includes(exit);
  refuseMissing(
    [
      { part: "a stop loss", isMissing: order.stopLoss !== null && !attached("stop_loss") },
      { part: "a take profit", isMissing: order.takeProfit !== null && !attached("take_profit") },
      {
        part: "a trailing stop",
        isMissing: order.trailingStop !== null && !attached("trailing_stop"),
      },
      { part: "a worst price", isMissing: order.priceBound !== null && !priceBound },
      { part: "reduce-only orders", isMissing: order.reduceOnly && !reduceOnly },
    ],
    desk,
  );
  if (order.stopLoss || !order.reduceOnly) requireGuarantee(order.stopLoss, account);
}

/** @throws Failure UNSUPPORTED where pending orders and exits can't be changed. */
export function requireChanges(desk: Desk): void {
  const isMissing = !desk.capabilities.orderChanges;
  refuseMissing([{ part: "changes of orders and exits", isMissing }], desk);
}

/** Guaranteed stops cost a fee, so neither kind is taken for the other. @throws Failure UNSUPPORTED. */
export function requireGuarantee(stop: AttachedStop | null, account: Account): void {
  const { guaranteedStops, id } = account;
  if (stop?.isGuaranteed && guaranteedStops === "disabled") {
    throw new Failure("UNSUPPORTED", `Account ${id} has no guaranteed stops. Nothing was sent.`, {
      hint: "Leave out --guaranteed for a plain stop loss.",
    });
  }
  if (guaranteedStops === "required" && !stop?.isGuaranteed) {
    throw new Failure(
      "UNSUPPORTED",
      `Account ${id} takes no trade without a guaranteed stop. Nothing was sent.`,
      { hint: "Add --sl with --guaranteed; the broker charges a fee when such a stop is hit." },
    );
  }
}

function marketParts({ capabilities }: Desk): readonly Part[] {
  return [{ part: "market orders", isMissing: !capabilities.orderTypes.includes("market") }];
}

function entryParts({ type, timeInForce }: EntryTerms, { capabilities }: Desk): readonly Part[] {
  const { orderTypes, timesInForce } = capabilities;
  return [
    { part: `orders of type ${type}`, isMissing: !orderTypes.includes(type) },
    {
      part: `${type} orders that wait as ${timeInForce}`,
      isMissing: !timesInForce.includes(timeInForce),
    },
  ];
}

function refuseMissing(parts: readonly Part[], desk: Desk): void {
  const missing = parts.find(({ isMissing }) => isMissing);
  if (!missing) return;
  throw new Failure(
    "UNSUPPORTED",
    `The broker of ${desk.profile.name} doesn't take ${missing.part}. Nothing was sent.`,
    { hint: `See what it can do with: tmt-broker accounts capabilities ${selecting(desk)}` },
  );
}
