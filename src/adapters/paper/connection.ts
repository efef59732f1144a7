import type { AccountProfile, ConnectionProfile } from "../../core/connection.ts";
import { Failure } from "../../core/failures.ts";
import { type Decimal, wholeNumber } from "../../core/money.ts";
import type { Feed } from "../../paper/feed/feed.ts";
import { openSyntheticFeed } from "../../paper/feed/synthetic-feed.ts";
import { type VenueHours, type VenueProfile, venueProfile } from "../../paper/venue-profile.ts";
import type { BrokerConnection, Capabilities } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VenueStore } from "../../ports/venue-store.ts";
import { openPaperBroker } from "./broker.ts";
import type { PaperAccount } from "./session.ts";

/** What the embedded paper broker can do. */
export const PAPER_CAPABILITIES: Capabilities = {
  orderTypes: ["market", "limit", "stop", "mit"],
  timesInForce: ["GTC", "GTD", "DAY", "FOK", "IOC"],
  attachedExits: ["stop_loss", "take_profit", "trailing_stop"],
  orderChanges: true,
  priceBound: true,
  reduceOnly: true,
  clientOrderIds: true,
  clientExtensions: true,
  hedging: false,
  transactionLog: true,
  priceStream: true,
  transactionStream: true,
  requestsPerSecond: null,
  connectionsPerSecond: null,
  streams: null,
  arrivalGraceMs: 0,
};

export type PaperOptions = {
  readonly profile: Pick<ConnectionProfile, "accounts">;
  readonly store: VenueStore;
  readonly clock: Clock;
  /** The same seed gives the same prices. */
  readonly seed?: number;
  readonly hours?: VenueHours;
  /** Start balance of a new account; 100,000 unless told. */
  readonly balance?: Decimal;
  /** Other prices than the synthetic ones. */
  readonly feed?: Feed;
};

const DEFAULT_ACCOUNT: AccountProfile = {
  id: "paper-001",
  alias: null,
  region: "US",
  currency: "USD",
};
const DEFAULT_BALANCE = wholeNumber(100_000);
const DEFAULT_CURRENCY = "USD";

/** The region's rules, and no broker's house rules on top. */
function profileOf({ region }: AccountProfile, hours: VenueHours): VenueProfile {
  return { ...venueProfile(region, hours), hasFifoSafeguard: false };
}

/** The embedded paper broker: a venue of our own, offline, kept in the user's database. */
export function openPaperConnection(options: PaperOptions): BrokerConnection {
  const { profile, store, clock, seed = 1, hours = "always" } = options;
  const { feed = openSyntheticFeed({ seed, hours }), balance = DEFAULT_BALANCE } = options;
  const accounts = profile.accounts.length > 0 ? profile.accounts : [DEFAULT_ACCOUNT];
  const termsOf = (account: AccountProfile): PaperAccount => ({
    id: account.id,
    alias: account.alias,
    currency: account.currency ?? DEFAULT_CURRENCY,
    balance,
    venue: { feed, profile: profileOf(account, hours) },
  });
  return {
    capabilities: PAPER_CAPABILITIES,
    accounts: async () =>
      accounts.map(({ id, alias, currency }) => ({
        id,
        alias,
        currency: currency ?? DEFAULT_CURRENCY,
      })),
    broker(accountId) {
      const account = accounts.find((candidate) => candidate.id === accountId);
      const strangers = { ...DEFAULT_ACCOUNT, id: accountId };
      const terms = termsOf(account ?? strangers);
      return openPaperBroker(terms, { store: account ? store : closedStore(accountId), clock });
    },
    pool: () => null,
    close: async () => undefined,
  };
}

/** The store of an account that the connection doesn't have. */
function closedStore(accountId: string): VenueStore {
  return {
    transact() {
      throw new Failure("ACCOUNT_NOT_FOUND", `The paper broker has no account ${accountId}.`, {
        hint: "See `accounts` for what it has.",
        details: { account: accountId },
      });
    },
  };
}
