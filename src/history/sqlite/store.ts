import { Failure } from "../../core/failures.ts";
import { once } from "../../core/once.ts";
import type { BalanceBook } from "../../ports/balance-book.ts";
import type { CircuitStore } from "../../ports/circuit.ts";
import type { HaltSwitch } from "../../ports/control.ts";
import type { DayBook } from "../../ports/day-book.ts";
import type { BackupSummary, Claim, HistoryStore } from "../../ports/history.ts";
import type { HistoryFiles } from "../../ports/history-files.ts";
import type { InstrumentCache } from "../../ports/instrument-cache.ts";
import type { AuditChain, AuditTrail, Journal } from "../../ports/journal.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import type { MovedFrom } from "../../ports/machine.ts";
import type { NakedTrades } from "../../ports/naked-trades.ts";
import type { NoticeMarks } from "../../ports/notice-marks.ts";
import type { OrderLines } from "../../ports/order-lines.ts";
import type { RateStore } from "../../ports/rate-limit.ts";
import type { Retention } from "../../ports/retention.ts";
import type { StreamPlaces } from "../../ports/stream-places.ts";
import type { VenueStore } from "../../ports/venue-store.ts";
import type { WireGate } from "../../ports/wire-gate.ts";
import { openAnchorFile } from "../anchor-file.ts";
import type { JournalLabels } from "../labels.ts";
import { AnchorKeeper } from "./anchor-keeper.ts";
import { AuditLog } from "./audit-log.ts";
import { SqliteAuditTrail } from "./audit-trail.ts";
import { SqliteBalanceBook } from "./balance-book.ts";
import { SqliteCircuitStore } from "./circuit-store.ts";
import { type DatabaseOptions, type LocalDatabase, openDatabase } from "./database.ts";
import { SqliteDayBook } from "./day-book.ts";
import { GroupCommit } from "./group-commit.ts";
import { SqliteHaltSwitch } from "./halt-switch.ts";
import { SqliteInstrumentCache } from "./instrument-cache.ts";
import { checkIntegrity } from "./integrity.ts";
import { SqliteJournal } from "./journal.ts";
import { SqliteLastAnswers } from "./last-answers.ts";
import { type MachineOptions, noteMachine } from "./machine-book.ts";
import { SqliteNakedTrades } from "./naked-trades.ts";
import { SqliteNoticeMarks } from "./notice-marks.ts";
import { SqliteRateStore } from "./rate-store.ts";
import { SqliteStreamPlaces } from "./stream-places.ts";
import { SqliteVenueStore } from "./venue-store.ts";
import { SqliteWireGate } from "./wire-gate.ts";

export type StoreOptions = DatabaseOptions & {
  readonly chain: AuditChain;
  /** Who holds what only one process may do at a time, and who of those that do still lives. */
  readonly process?: Claim;
  /** Which computer this is; none where nobody can say. */
  readonly machine?: MachineOptions;
  /** Told when the database was used on another computer before. */
  readonly onMoved?: (from: MovedFrom) => void;
  /** Told of an audit anchor that the log doesn't fit, or that can't be written: it fails nothing by itself. */
  readonly onAnchorFault?: (failure: Failure) => void;
};

const NAMELESS: Claim = { owner: "nobody", isAlive: () => true };

/** The audit log's head, remembered in a file beside the database. */
export const ANCHOR_SUFFIX = ".anchor";

/** Everything the program keeps in the user's one database. */
export type LocalStore = {
  readonly journal: Journal;
  readonly audit: AuditTrail;
  readonly halts: HaltSwitch;
  readonly wireGate: WireGate;
  readonly dayBook: DayBook;
  readonly balances: BalanceBook;
  readonly venue: VenueStore;
  readonly instruments: InstrumentCache;
  readonly circuits: CircuitStore;
  readonly rates: RateStore;
  readonly streamPlaces: StreamPlaces;
  readonly noticeMarks: NoticeMarks;
  readonly nakedTrades: NakedTrades;
  readonly lastAnswers: LastAnswers;
  /** @throws Failure STORAGE_CORRUPT where tables and their indexes don't fit each other. Reads the whole file. */
  checkIntegrity(): void;
  /** Loaded by the few commands that need it. */
  readonly history: () => Promise<HistoryStore>;
  readonly historyFiles: () => Promise<HistoryFiles>;
  readonly orderLines: () => Promise<OrderLines>;
  readonly retention: () => Promise<Retention>;
  /** What the journal knows of who asked for an order. */
  readonly journalLabels: () => Promise<JournalLabels>;
  readonly backup: (target: string) => Promise<BackupSummary>;
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
export function openStore(path: string, given: StoreOptions): LocalStore {
  const { chain, machine, onMoved, onAnchorFault = () => undefined, ...options } = given;
  const { process = NAMELESS } = given;
  const database = openDatabase(path, options);
  const group = new GroupCommit(database);
  const keeper = new AnchorKeeper(database, {
    anchor: openAnchorFile(`${path}${ANCHOR_SUFFIX}`),
    onFault: onAnchorFault,
  });
  const audit = new AuditLog(database, chain, keeper);
  const nakedTrades = new SqliteNakedTrades(database);
  const journal = new SqliteJournal(database, { group, audit, nakedTrades });
  const from = machine ? movedFrom(database, audit, machine) : null;
  if (from) onMoved?.(from);
  const settle = () => {
    journal.payOwed();
    group.flush();
    return keeper.settle();
  };
  return {
    journal,
    audit: new SqliteAuditTrail(database, { chain, keeper }),
    halts: new SqliteHaltSwitch(database),
    wireGate: new SqliteWireGate(database),
    dayBook: new SqliteDayBook(database),
    balances: new SqliteBalanceBook(database),
    venue: new SqliteVenueStore(database),
    instruments: new SqliteInstrumentCache(database),
    circuits: new SqliteCircuitStore(database),
    rates: new SqliteRateStore(database),
    streamPlaces: new SqliteStreamPlaces(database),
    noticeMarks: new SqliteNoticeMarks(database),
    nakedTrades,
    lastAnswers: new SqliteLastAnswers(database),
    checkIntegrity: () => checkIntegrity(database),
    history: once(async () => {
      const { SqliteHistoryStore } = await import("./history-store.ts");
      return new SqliteHistoryStore(database, process);
    }),
    orderLines: once(async () => {
      const { SqliteOrderLines } = await import("./order-lines.ts");
      return new SqliteOrderLines(database);
    }),
    retention: once(async () => {
      const { SqliteRetention } = await import("./retention.ts");
      return new SqliteRetention(database, audit);
    }),
    journalLabels: async () => (await import("./history-labels.ts")).openJournalLabels(database),
    backup: async (target) => (await import("./backup.ts")).backUp(path, target),
    historyFiles: once(async () => (await import("../history-files.ts")).openHistoryFiles()),
    close: () => {
      const anchorLast = settle();
      database.close();
      anchorLast();
    },
    leave: () => {
      const anchorLast = settle();
      database.leave();
      anchorLast();
    },
  };
}

/** A database that can't be written tells so when something is to be written. */
function movedFrom(
  database: LocalDatabase,
  audit: AuditLog,
  options: MachineOptions,
): MovedFrom | null {
  try {
    return noteMachine(database, audit, options);
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("STORAGE_")) return null;
    throw error;
  }
}
