import { Failure } from "../../core/failures.ts";
import type { Decimal } from "../../core/money.ts";
import { type Instant, msBetween } from "../../core/time.ts";
import { openAccount } from "../../paper/engine/account.ts";
import { parseAccount, serialize } from "../../paper/engine/snapshot.ts";
import type { VenueAccount } from "../../paper/engine/types.ts";
import { advance, type Venue, type VenueStep } from "../../paper/engine/venue.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VenueArchiveItem, VenueRecords, VenueStore } from "../../ports/venue-store.ts";

/** One account of the paper broker, and where it trades. */
export type PaperAccount = {
  readonly id: string;
  readonly alias: string | null;
  readonly currency: string;
  /** What a new account starts with. */
  readonly balance: Decimal;
  readonly venue: Venue;
};

/** The account of one moment, inside one transaction of the store. */
export type Session = {
  readonly venue: Venue;
  readonly now: Instant;
  readonly records: VenueRecords;
  account: VenueAccount;
};

/** A look or a command: everything that it reads and writes happens at once, or not at all. */
export type Run = <T>(work: (session: Session) => T) => T;

/** Without a transaction, an account is written again only after so long: else each look would write. */
const SAVE_AFTER_MS = 600_000;

/** Runs work on the account as it is now, everything of the time since it was last looked at included. */
export function openSessions(terms: PaperAccount, store: VenueStore, clock: Clock): Run {
  return (work) =>
    store.transact(terms.id, (records) => {
      const session = begin(terms, records, clock.now());
      const before = session.account.processedTo;
      const step = advance(session.venue, session.account, session.now);
      if (step.transactions.length > 0 || msBetween(before, session.now) > SAVE_AFTER_MS) {
        save(session, step);
      } else {
        session.account = step.account;
      }
      return work(session);
    });
}

/** Makes a step of the venue part of the account. */
export function save(session: Session, step: VenueStep): void {
  const { records } = session;
  const { account, transactions, endedOrders, closedTrades } = step;
  session.account = account;
  records.append(transactions.map((entry) => ({ id: entry.id, body: serialize(entry) })));
  records.archive([
    ...endedOrders.map((order) => toItem("order", order)),
    ...closedTrades.map((trade) => toItem("trade", trade)),
  ]);
  records.saveState(serialize(account));
}

function begin(terms: PaperAccount, records: VenueRecords, now: Instant): Session {
  const { id, alias, currency, balance, venue } = terms;
  const state = records.state();
  if (state !== null) return { venue, now, records, account: parseAccount(state) };
  const isPriced = venue.feed
    .instruments()
    .some((each) => each.quoteCurrency === currency || each.baseCurrency === currency);
  if (!isPriced) {
    throw new Failure(
      "CONFIG_INVALID",
      `The paper broker has no prices for an account in ${currency}.`,
      { hint: "Choose a currency that it quotes, e.g. USD or EUR." },
    );
  }
  const opening = openAccount({ id, alias, currency, balance, at: now });
  const session = { venue, now, records, account: opening.account };
  save(session, opening);
  return session;
}

function toItem(
  kind: VenueArchiveItem["kind"],
  record: VenueStep["endedOrders"][number] | VenueStep["closedTrades"][number],
): VenueArchiveItem {
  const clientOrderId = record.clientExtensions?.id ?? null;
  return { kind, id: record.id, clientOrderId, body: serialize(record) };
}
