import type { Table } from "../config/document.ts";
import type { Config } from "../config/load.ts";
import type { Paths } from "../config/paths.ts";
import type { ConnectionProfile } from "../core/connection.ts";
import type { Secret } from "../core/secret.ts";
import type { AlertSink, OrderAlert } from "../ports/alerts.ts";
import type { AnchorVault } from "../ports/audit-anchor.ts";
import type { BalanceBook } from "../ports/balance-book.ts";
import type { BrokerConnection } from "../ports/broker.ts";
import type { CircuitStore } from "../ports/circuit.ts";
import type { Clock } from "../ports/clock.ts";
import type { HaltSwitch } from "../ports/control.ts";
import type { CredentialStore, CredentialStoreName } from "../ports/credential-store.ts";
import type { DayBook } from "../ports/day-book.ts";
import type { BackupSummary, HistoryStore, ServerHistory } from "../ports/history.ts";
import type { HistoryFiles } from "../ports/history-files.ts";
import type { AuditTrail, Journal } from "../ports/journal.ts";
import type { LastAnswers } from "../ports/last-answers.ts";
import type { Log } from "../ports/log.ts";
import type { NoticeMarks } from "../ports/notice-marks.ts";
import type { OrderFence } from "../ports/order-fence.ts";
import type { HistoryLines, OrderLines } from "../ports/order-lines.ts";
import type { RateStore } from "../ports/rate-limit.ts";
import type { Restoration } from "../ports/restore.ts";
import type { Retention } from "../ports/retention.ts";
import type { Desk } from "../trading/desk.ts";
import type { Theme } from "../ui/output/theme.ts";
import type { Times } from "../ui/output/times.ts";

/** What a run is given from outside. */
export type Surroundings = Pick<Context, "terminal" | "theme" | "signal"> & {
  /** All that are in use, which may grow: no note and no line of the log holds one of them. */
  readonly secrets: Secret[];
};

/** What changes during a run: the options once they are parsed, the configuration when it is edited. */
export type RunState = {
  /** Of `display.timezone`, once the configuration is read. */
  times: Times;
  options: CommonOptions;
  config: Promise<Config> | null;
  /** Of connections that are yet to be opened. */
  transport: "node" | "undici";
};

/** Runs other commands inside a run. */
export type Inside = {
  /** Every command's words. */
  readonly verbs: () => readonly string[];
  /** The exit code. */
  readonly run: (words: readonly string[], terminal: Terminal) => Promise<number>;
};

/** The options that every command understands, as given. */
export type CommonOptions = {
  readonly connection: string | null;
  readonly account: string | null;
  readonly json: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
};

/** The terminal, pipe or file that a command talks to. */
export interface Terminal {
  /** Whether a person can be asked: stdin and stderr are terminals. */
  readonly isInteractive: boolean;
  /** Whether a person sees what notes say, and no program reads them: stderr is a terminal. */
  readonly showsNotes: boolean;
  /** Whether a whole screen can be drawn, and keys be read: stdin and stdout are terminals. */
  readonly hasScreen: boolean;
  /** Sends notes to `taker` while a screen is drawn, where they would spoil it; null ends that. */
  divertNotes(taker: ((text: string) => void) | null): void;
  /** The terminal's bell, where there is a terminal. */
  ring(): void;
  writeResult(text: string): void;
  writeNote(text: string): void;
  /** False for anything but a yes. */
  confirm(question: string): Promise<boolean>;
  /** Reads one line without showing it. */
  askSecret(question: string): Promise<string>;
  /**
   * Writes a part of a result that goes on, and resolves when it has been taken: whoever waits for that never fills the
   * memory. False when nobody reads any more.
   */
  writeFlow(text: string): Promise<boolean>;
  /** The lines of standard input as they come, each at most `maximumLength` characters; longer ones are cut. */
  inputLines(maximumLength: number, signal: AbortSignal): AsyncIterable<string>;
  /** All of standard input. @throws Failure USAGE beyond `maximumBytes`. */
  readInput(maximumBytes: number): Promise<string>;
}

/** The user's local records, opened on first use. */
export type LocalStore = {
  readonly journal: Journal;
  readonly audit: AuditTrail;
  readonly halts: HaltSwitch;
  readonly dayBook: DayBook;
  readonly balances: BalanceBook;
  readonly circuits: CircuitStore;
  readonly rates: RateStore;
  readonly lastAnswers: LastAnswers;
  readonly noticeMarks: NoticeMarks;
  /** @throws Failure STORAGE_CORRUPT where tables and their indexes don't fit each other. Reads the whole file. */
  checkIntegrity(): void;
  /** The trading history that is kept here, whatever `history.database` names. */
  readonly history: () => Promise<HistoryStore>;
  readonly historyFiles: () => Promise<HistoryFiles>;
  readonly orderLines: () => Promise<OrderLines>;
  readonly retention: () => Promise<Retention>;
  readonly backup: (target: string) => Promise<BackupSummary>;
};

/** What a desk is wanted for: a batch keeps several connections open, one order is quicker with fewer. */
export type DeskUse = { readonly isBatch: boolean };

/** What a command may use; everything is made on first use, so that `--help` opens nothing. */
export interface Context {
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly theme: Theme;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly options: CommonOptions;
  readonly paths: () => Promise<Paths>;
  readonly configuration: () => Promise<Config>;
  readonly store: () => Promise<LocalStore>;
  /** A backup that is proven, to be put in the database's place; the database must not be open here before. */
  readonly restore: (file: string) => Promise<Restoration>;
  /** The trading history that `history.database` names: the local one, or one on a server. */
  readonly history: () => Promise<HistoryStore>;
  /** The way from orders to lines in it. */
  readonly orderLines: () => Promise<HistoryLines>;
  /** The trading history at a postgres:// URL, with the password that is kept for it or with `secret`. */
  readonly serverHistory: (url: string, secret?: Secret) => Promise<ServerHistory>;
  /** Where the computers with their history at a URL learn of an account's orders; null for a paper account. */
  readonly serverFence: (
    url: string,
    profile: ConnectionProfile,
    account: string,
  ) => Promise<OrderFence | null>;
  /** The connection to use: `-c`, the environment, or the default. @throws Failure CONNECTION_NOT_FOUND. */
  readonly profile: (name?: string) => Promise<ConnectionProfile>;
  /** A connection with its stored credential, or with `secret` in its place. */
  readonly connect: (profile: ConnectionProfile, secret?: Secret) => Promise<BrokerConnection>;
  /** A token out of untrusted text. @throws Failure CREDENTIALS_INVALID, without showing it. */
  readonly parseToken: (text: string, source: string) => Secret;
  /** Where each connection's secret is. */
  readonly credentialStore: (name: CredentialStoreName) => Promise<CredentialStore>;
  /** Where the audit log's head is kept besides its file; null when no such place is in use. */
  readonly anchorVault: () => Promise<AnchorVault | null>;
  /** A desk for the chosen connection and account. */
  readonly desk: (use?: DeskUse) => Promise<Desk>;
  /** A desk for every account of the given connection. */
  readonly desks: (profile: ConnectionProfile) => Promise<readonly Desk[]>;
  /** Changes the configuration file, and what this process knows of it. */
  readonly changeConfig: (change: (document: Table) => Table) => Promise<Config>;
  /** The result on stdout: text for people, the document with `--json`. */
  readonly print: (text: () => string, document: unknown) => void;
  readonly log: Log;
  readonly alerts: AlertSink;
  /** Tells whom the user configured what happened to orders, at once; false when nobody was told. */
  readonly tellOrders: (alerts: readonly OrderAlert[]) => Promise<boolean>;
  /** What runs other commands inside this run: databases and connections are shared, options and terminal are its own. */
  readonly inside: Inside;
  /** A remark on stderr, silenced by `--quiet`. */
  readonly note: (text: string) => void;
}
