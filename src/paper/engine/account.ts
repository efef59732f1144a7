import { hasControlCharacter } from "../../core/control-characters.ts";
import { type Decimal, ONE, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { ConfigureCommand } from "./commands.ts";
import { accountFigures } from "./figures.ts";
import type { RejectReason } from "./reasons.ts";
import { openBatch, stamp, type VenueStep, type Work, write } from "./step.ts";
import type { VenueTransaction } from "./transactions.ts";
import type { VenueAccount } from "./types.ts";

export type NewAccount = {
  readonly id: string;
  readonly alias?: string | null;
  readonly currency: string;
  readonly balance: Decimal;
  readonly at: Instant;
};

const ALIAS = /^.{1,128}$/su;

/** A new account with its first transactions: CREATE (1), CLIENT_CONFIGURE where it has an alias, TRANSFER_FUNDS. */
export function openAccount(terms: NewAccount): VenueStep {
  const { alias = null, currency, balance, at } = terms;
  const transactions: VenueTransaction[] = [];
  const head = () => ({ id: transactions.length + 1, time: at, batchId: 1, requestId: null });
  transactions.push({ ...head(), type: "CREATE", homeCurrency: currency });
  if (alias !== null) {
    transactions.push({ ...head(), type: "CLIENT_CONFIGURE", alias, marginRate: null });
  }
  transactions.push({
    ...head(),
    type: "TRANSFER_FUNDS",
    amount: balance,
    fundingReason: "CLIENT_FUNDING",
    accountBalance: balance,
  });
  const account = { ...newAccount(terms), alias, lastTransactionId: transactions.length };
  return { account, transactions, own: transactions, endedOrders: [], closedTrades: [] };
}

/** Takes or refuses a change of the account's settings. */
export function takeConfiguration(work: Work, command: ConfigureCommand): void {
  const { alias = null, marginRate = null, requestId } = command;
  const head = stamp(work, openBatch(work, requestId));
  const rejectReason = refusalOfSettings(work, { alias, marginRate });
  if (rejectReason) {
    write(work, { ...head, type: "CLIENT_CONFIGURE_REJECT", alias, marginRate, rejectReason });
    return;
  }
  write(work, { ...head, type: "CLIENT_CONFIGURE", alias, marginRate });
  work.account = configured(work.account, { alias, marginRate });
}

type Settings = { readonly alias: string | null; readonly marginRate: Decimal | null };

function configured(account: VenueAccount, { alias, marginRate }: Settings): VenueAccount {
  return {
    ...account,
    alias: alias ?? account.alias,
    marginRate: marginRate ?? account.marginRate,
  };
}

function refusalOfSettings(work: Work, settings: Settings): RejectReason | null {
  const { alias, marginRate } = settings;
  if (alias === null && !marginRate) return "CLIENT_CONFIGURE_DATA_MISSING";
  if (alias !== null && (!ALIAS.test(alias) || hasControlCharacter(alias))) return "ALIAS_INVALID";
  if (!marginRate) return null;
  if (!marginRate.isPositive() || marginRate.isGreaterThan(ONE)) return "MARGIN_RATE_INVALID";
  const after = configured(work.account, settings);
  const { closeoutPercent } = accountFigures(work.venue, after, after.processedTo);
  return closeoutPercent.isLessThan(ONE) ? null : "MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT";
}

function newAccount({ id, currency, balance, at }: NewAccount): VenueAccount {
  return {
    id,
    alias: null,
    currency,
    createdTime: at,
    marginRate: null,
    balance,
    pl: ZERO,
    financing: ZERO,
    commission: ZERO,
    guaranteedFees: ZERO,
    lastTransactionId: 0,
    lastFillTime: null,
    processedTo: at,
    financedTo: at,
    trades: [],
    orders: [],
    totals: [],
  };
}
