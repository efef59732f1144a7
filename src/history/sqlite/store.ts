import type { CircuitStore } from "../../ports/circuit.ts";
import type { HaltSwitch } from "../../ports/control.ts";
import type { DayBook } from "../../ports/day-book.ts";
import type { InstrumentCache } from "../../ports/instrument-cache.ts";
import type { AuditChain, AuditTrail, Journal } from "../../ports/journal.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import type { RateStore } from "../../ports/rate-limit.ts";
import type { VenueStore } from "../../ports/venue-store.ts";
import { AuditLog } from "./audit-log.ts";
import { SqliteAuditTrail } from "./audit-trail.ts";
import { SqliteCircuitStore } from "./circuit-store.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";
import { SqliteDayBook } from "./day-book.ts";
import { GroupCommit } from "./group-commit.ts";
import { SqliteHaltSwitch } from "./halt-switch.ts";
import { SqliteInstrumentCache } from "./instrument-cache.ts";
import { SqliteJournal } from "./journal.ts";
import { SqliteLastAnswers } from "./last-answers.ts";
import { SqliteRateStore } from "./rate-store.ts";
import { SqliteVenueStore } from "./venue-store.ts";

export type StoreOptions = DatabaseOptions & { readonly chain: AuditChain };

/** Everything the program keeps in the user's one database. */
export type LocalStore = {
  readonly journal: Journal;
  readonly audit: AuditTrail;
  readonly halts: HaltSwitch;
  readonly dayBook: DayBook;
  readonly venue: VenueStore;
  readonly instruments: InstrumentCache;
  readonly circuits: CircuitStore;
  readonly rates: RateStore;
  readonly lastAnswers: LastAnswers;
  /** Commits what waits, then closes the file; calls after it fail. */
  close(): void;
  /** As `close`, for a process that ends now: without a flush that nothing needs. */
  leave(): void;
};

/**
 * Opens the user's database. Statements are prepared when first used: a command pays for what it
 * does.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT: nothing was sent.
 */
export function openStore(path: string, { chain, ...options }: StoreOptions): LocalStore {
  const database = openDatabase(path, options);
  const group = new GroupCommit(database);
  return {
    journal: new SqliteJournal(database, { group, audit: new AuditLog(database, chain) }),
    audit: new SqliteAuditTrail(database, chain),
    halts: new SqliteHaltSwitch(database),
    dayBook: new SqliteDayBook(database),
    venue: new SqliteVenueStore(database),
    instruments: new SqliteInstrumentCache(database),
    circuits: new SqliteCircuitStore(database),
    rates: new SqliteRateStore(database),
    lastAnswers: new SqliteLastAnswers(database),
    close: () => {
      group.flush();
      database.close();
    },
    leave: () => {
      group.flush();
      database.leave();
    },
  };
}
