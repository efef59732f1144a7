import { sumOf } from "../../core/money.ts";
import type { LiveEvent, LiveSnapshot, LiveTotal } from "../../ports/live.ts";

const MOST_EVENTS = 300;

/** The pictures of several connections as one. */
export function joinSnapshots(parts: readonly LiveSnapshot[]): LiveSnapshot {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return {
    connections: parts.flatMap(({ connections }) => connections),
    quotes: parts.flatMap(({ quotes }) => quotes),
    accounts: parts.flatMap(({ accounts }) => accounts),
    totals: joinTotals(parts.flatMap(({ totals }) => totals)),
    events: parts
      .flatMap(({ events }) => events)
      .sort(newestFirst)
      .slice(0, MOST_EVENTS),
  };
}

/** Never real money and play money together, nor two currencies. */
function joinTotals(totals: readonly LiveTotal[]): readonly LiveTotal[] {
  const groups = Map.groupBy(totals, (one) => `${one.environment} ${one.currency}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const sum = (key: "balance" | "unrealizedPl" | "equity" | "marginUsed" | "marginAvailable") =>
      sumOf(group.map((one) => one[key]));
    return {
      environment: first.environment,
      currency: first.currency,
      accounts: group.reduce((count, one) => count + one.accounts, 0),
      balance: sum("balance"),
      unrealizedPl: sum("unrealizedPl"),
      equity: sum("equity"),
      marginUsed: sum("marginUsed"),
      marginAvailable: sum("marginAvailable"),
    };
  });
}

function newestFirst(left: LiveEvent, right: LiveEvent): number {
  if (left.receivedAt === right.receivedAt) return 0;
  return left.receivedAt > right.receivedAt ? -1 : 1;
}
