import { effectiveLeverage } from "../../core/account.ts";
import type { AccountState } from "../../ports/broker.ts";
import type { Desk } from "../../trading/desk.ts";
import type { Staleness } from "../../trading/last-answers.ts";

export type AccountView = {
  readonly desk: Desk;
  readonly state: AccountState;
  readonly stale: Staleness | null;
};

/** An account as the contract's JSON. */
export function accountDocument({ desk, state, stale }: AccountView) {
  const { account } = state;
  return {
    connection: desk.profile.name,
    broker: desk.profile.broker,
    environment: desk.profile.environment,
    id: account.id,
    alias: desk.account.alias ?? account.alias,
    region: desk.account.region,
    currency: account.currency,
    balance: account.balance,
    unrealizedPl: account.unrealizedPl,
    realizedPl: account.realizedPl,
    equity: account.equity,
    marginUsed: account.marginUsed,
    marginAvailable: account.marginAvailable,
    marginCloseoutPercent: account.marginCloseoutPercent,
    leverage: effectiveLeverage(account),
    openPositions: account.openPositions,
    openTrades: account.openTrades,
    pendingOrders: account.pendingOrders,
    asOf: stale?.asOf ?? account.asOf,
    stale: stale !== null,
  };
}
