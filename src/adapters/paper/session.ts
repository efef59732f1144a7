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
  const { venue } = terms;
  let known: Known | null = null;
  return (work) =>
    store.transact(terms.id, (records) => {
      const now = clock.now();
      const text = records.state();
      if (text === null) return work(open(terms, records, now));
      if (known?.text !== text) known = read(text);
      const { stored, reached } = known;
      const from = reached.processedTo <= now ? reached : stored;
      const step = advance(venue, from, now);
      const session: Session = { venue, now, records, account: step.account };
      const isDue = msBetween(stored.processedTo, now) > SAVE_AFTER_MS;
      if (step.transactions.length > 0 || isDue) save(session, step);
      else known = { text, stored, reached: step.account };
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

/** An account as it was last read: a command looks at it several times, and mostly finds the same text. */
type Known = {
  readonly text: string;
  readonly stored: VenueAccount;
  /** The stored one at the time of the last look: nothing has happened to it but time. */
  readonly reached: VenueAccount;
};

function read(text: string): Known {
  const stored = parseAccount(text);
  return { text, stored, reached: stored };
}

/** Opens a new account. @throws Failure CONFIG_INVALID when the venue has no prices for its currency. */
function open(terms: PaperAccount, records: VenueRecords, now: Instant): Session {
  const { id, alias, currency, balance, venue } = terms;
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
