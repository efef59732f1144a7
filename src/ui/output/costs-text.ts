import { decimal } from "../../core/money.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import { money, signedMoney } from "./numbers.ts";

/** Costs and margin of a request before it is sent, in account currency; null where nobody knows, or nothing applies. */
export type CostsText = {
  readonly spread: string;
  readonly commission: string | null;
  readonly financingPerDay: string | null;
  readonly lossAtStop: string | null;
  readonly realizedPl: string | null;
  readonly marginTaken: string;
  readonly marginFreed: string;
  readonly marginAvailableAfter: string;
  readonly before: { readonly lossAtStop: string | null; readonly marginTaken: string } | null;
};

export type CostsSubject = {
  readonly currency: string;
  readonly kind: OrderRequest["kind"] | undefined;
};

/** Costs as `name  value` pairs: what is paid, what is realised, the margin afterwards, the worst case. */
export function costsPairs(
  costs: CostsText,
  { currency, kind }: CostsSubject,
): readonly [string, string][] {
  const worst: [string, string] = ["worst case", worstText(costs, currency)];
  if (kind === "exits") return [worst];
  const pairs: [string, string][] = [["costs", paidText(costs, { currency, kind })]];
  if (costs.realizedPl !== null) {
    const earned = signedMoney(decimal(costs.realizedPl), currency);
    pairs.push(["result", `realises about ${earned}, without commission and financing`]);
  }
  pairs.push(["margin", marginText(costs, currency)]);
  const opens = kind !== "close" && !isOnlyClosing(costs);
  return opens ? [...pairs, worst] : pairs;
}

/** The same in one line, for one of many orders: `spread 0.14 USD, commission none, margin 23.24 USD, …`. */
export function costsLine(costs: CostsText, currency: string): string {
  const parts = [
    `spread ${money(decimal(costs.spread), currency)}`,
    `commission ${commissionText(costs, currency)}`,
    marginText(costs, currency).replace(/^takes /, "margin "),
    isOnlyClosing(costs) ? "" : worstText(costs, currency),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function isOnlyClosing({ realizedPl, marginTaken }: CostsText): boolean {
  return realizedPl !== null && decimal(marginTaken).isZero();
}

function paidText(costs: CostsText, { currency, kind }: CostsSubject): string {
  const { financingPerDay, spread } = costs;
  const paid = `spread ${money(decimal(spread), currency)}, commission ${commissionText(costs, currency)}`;
  if (kind === "close") return paid;
  const financing = financingPerDay
    ? `${signedMoney(decimal(financingPerDay), currency)} a day`
    : "not known";
  return `${paid}, financing ${financing}`;
}

function commissionText({ commission }: CostsText, currency: string): string {
  if (commission === null) return "not known";
  const fee = decimal(commission);
  return fee.isZero() ? "none" : money(fee, currency);
}

function marginText(costs: CostsText, currency: string): string {
  const { marginTaken, marginFreed, marginAvailableAfter, before } = costs;
  const text = (amount: string) => money(decimal(amount), currency);
  const left = `leaves ${text(marginAvailableAfter)}`;
  if (before) return `takes ${text(marginTaken)} (was ${text(before.marginTaken)}), ${left}`;
  const isFreeing = decimal(marginFreed).isPositive() && decimal(marginTaken).isZero();
  return isFreeing ? `frees ${text(marginFreed)}, ${left}` : `takes ${text(marginTaken)}, ${left}`;
}

function worstText({ lossAtStop, before }: CostsText, currency: string): string {
  const now = stopText(lossAtStop, currency);
  if (!before || before.lossAtStop === lossAtStop) return now;
  return `${now} (was: ${stopText(before.lossAtStop, currency)})`;
}

function stopText(lossAtStop: string | null, currency: string): string {
  if (lossAtStop === null) return "NO STOP: no limit but the broker's close-out";
  const loss = decimal(lossAtStop);
  if (loss.isNegative())
    return `${money(loss.negated(), currency)} kept at the stop; less through a gap`;
  return `${money(loss, currency)} lost at the stop; more through a gap`;
}
