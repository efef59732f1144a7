import { Failure } from "../../core/failures.ts";
import { mayAddRisk } from "../../core/order-request.ts";
import type {
  AuditRecord,
  Intent,
  IntentKey,
  IntentState,
  Journal,
  KnownSignal,
  LastLook,
  ListedSignal,
  MonotonicSpan,
  NewIntent,
  SignalKey,
} from "../../ports/journal.ts";
import { parseRequest, serializeRequest } from "../request-codec.ts";
import type { AuditLog } from "./audit-log.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import type { GroupCommit, GroupedWrite } from "./group-commit.ts";
import { countOrders, LastLookReader } from "./last-look.ts";
import type { SqliteNakedTrades } from "./naked-trades.ts";
import { OwnMarks } from "./own-marks.ts";
import { SignalBook } from "./signal-book.ts";
import { corruptFailure } from "./storage-failure.ts";

const NOT_OPENED = "The order is not in the journal, so nothing was sent.";
const NOT_SETTLED =
  "What became of the order is not stored: it may be live. Ask the broker with " +
  "`tmt-broker order reconcile`.";
const NOT_RECORDED = "The audit log lacks this entry.";
const NOT_READ = "What was sent before can't be told, so nothing was sent now.";

/** The journal in the user's database. All calls of one turn of the event loop share one commit. */
export class SqliteJournal implements Journal {
  readonly #database: LocalDatabase;
  readonly #group: GroupCommit;
  readonly #audit: AuditLog;
  readonly #lastLook: LastLookReader;
  readonly #signals: SignalBook;
  readonly #ownMarks: OwnMarks;
  readonly #nakedTrades: SqliteNakedTrades;
  /** Orders that were opened here and have no outcome yet. */
  readonly #underWay = new Set<string>();
  readonly #statements;
  /** Outcomes that couldn't be stored. */
  readonly #owed = new Set<GroupedWrite>();

  constructor(database: LocalDatabase, parts: JournalParts) {
    this.#database = database;
    this.#group = parts.group;
    this.#audit = parts.audit;
    this.#lastLook = new LastLookReader(database);
    this.#signals = new SignalBook(database);
    this.#ownMarks = new OwnMarks(database);
    this.#nakedTrades = parts.nakedTrades;
    this.#statements = statementsOf(database);
  }

  async open(intent: NewIntent, audit: readonly AuditRecord[], look?: LastLook): Promise<void> {
    const row = newRow(intent, look?.weakensStop ?? false);
    const records = this.#audit.serialize(audit);
    const run = () => {
      // In a log that lacks what was sent, the same order may be sent twice; closing stays possible.
      const refusal = mayAddRisk(intent.request) ? this.#audit.refusal(NOT_OPENED) : null;
      if (refusal) return refusal;
      const overtaken = look ? this.#lastLook.refusal(intent, look) : null;
      if (overtaken) return overtaken;
      const taken = this.#signals.refusal(intent);
      if (taken) return taken;
      if (this.#statements.insert().run(row).changes === 0) return this.#duplicate(intent);
      this.#signals.claim(intent);
      this.#audit.append(records);
      return null;
    };
    await this.#submit({ run, meaning: NOT_OPENED });
    this.#underWay.add(intent.clientOrderId);
  }

  /**
   * The time of the last audit record is the settlement's. A later proof replaces an earlier one;
   * both stay in the audit log.
   */
  async settle(key: IntentKey, result: unknown, audit: readonly AuditRecord[]): Promise<void> {
    await this.#conclude("settled", { key, result, audit });
  }

  /** What is settled stays settled. */
  async markUnknown(key: IntentKey, result: unknown, audit: readonly AuditRecord[]): Promise<void> {
    await this.#conclude("unknown", { key, result, audit });
  }

  async record(audit: readonly AuditRecord[]): Promise<void> {
    const records = this.#audit.serialize(audit);
    const run = () => {
      this.#audit.append(records);
      return null;
    };
    await this.#submit({ run, meaning: NOT_RECORDED });
  }

  /**
   * Stores outcomes that couldn't be stored before, in the transaction of whatever is written next and ahead of it: a look
   * at what has no outcome sees them. Until then no order can be written either.
   */
  payOwed(): void {
    for (const write of this.#owed) {
      this.#owed.delete(write);
      this.#group.submit(write).catch(() => this.#owed.add(write));
    }
  }

  async find(key: IntentKey): Promise<Intent | null> {
    const row = this.#read(() => this.#statements.find().get(key));
    return row ? this.#intent(row) : null;
  }

  async signal(key: SignalKey): Promise<KnownSignal | null> {
    const row = this.#read(() => this.#signals.find(key));
    if (!row) return null;
    const { clientOrderId, content, attempts } = row;
    const { connection, account } = key;
    const intent = await this.find({ connection, account, clientOrderId });
    return intent && { content, attempts, intent };
  }

  async signalsAfter(after: SignalKey | null, limit: number): Promise<readonly ListedSignal[]> {
    const rows = this.#read(() => this.#signals.listAfter(after, limit));
    const found = rows.map(async ({ clientOrderId, content, ...key }) => {
      const intent = await this.find({ ...key, clientOrderId });
      return intent ? [{ ...key, content, intent }] : [];
    });
    return (await Promise.all(found)).flat();
  }

  async unsettled(connection: string, account: string): Promise<readonly Intent[]> {
    const rows = this.#read(() => this.#statements.unsettled().all(connection, account));
    return rows.map((row) => this.#intent(row));
  }

  async recent(connection: string, account: string, limit: number): Promise<readonly Intent[]> {
    const rows = this.#read(() => this.#statements.recent().all(connection, account, limit));
    return rows.map((row) => this.#intent(row));
  }

  async countIn(connection: string, span: MonotonicSpan): Promise<number> {
    return this.#read(() => this.#statements.countIn()(connection, span));
  }

  async #conclude(state: "settled" | "unknown", conclusion: Conclusion): Promise<void> {
    const { key, result, audit } = conclusion;
    const settledAt = state === "settled" ? (audit.at(-1)?.at ?? null) : null;
    const row = { ...key, state, result: JSON.stringify(result ?? null), settledAt };
    const records = this.#audit.serialize(audit);
    const run = () => {
      this.#nakedTrades.note(key, result);
      if (this.#statements.conclude().run(row).changes === 0) {
        if (this.#statements.state().get(key) === undefined) return neverOpened(key);
      }
      this.#ownMarks.pass(key, result);
      this.#audit.append(records);
      return null;
    };
    this.#underWay.delete(key.clientOrderId);
    const write = { run, meaning: NOT_SETTLED, canWait: this.#underWay.size > 0 };
    try {
      await this.#submit(write);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "ORDER_NOT_FOUND") this.#owed.add(write);
      throw error;
    }
  }

  #submit(write: GroupedWrite): Promise<void> {
    this.payOwed();
    return this.#group.submit(write);
  }

  #duplicate({ connection, account, clientOrderId }: NewIntent): Failure {
    const key = { connection, account, clientOrderId };
    const state = this.#statements.state().get(key)?.state ?? "unknown";
    return new Failure(
      "DUPLICATE_CLIENT_ORDER_ID",
      `An order with the client id ${clientOrderId} was already made on ${connection}, ` +
        `account ${account}; ${STATE_WORDS[state]}. This one is refused: nothing was sent.`,
      {
        hint: `See the first one with: tmt-broker order show @${clientOrderId} -c ${connection}`,
        details: { ...key, state },
      },
    );
  }

  #read<T>(work: () => T): T {
    return this.#database.read(NOT_READ, work);
  }

  #intent(row: IntentRow): Intent {
    const { request, result, ...rest } = row;
    try {
      return { ...rest, request: parseRequest(request), result: JSON.parse(result ?? "null") };
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      throw corruptFailure(
        { path: this.#database.path, meaning: NOT_READ },
        `Order ${row.clientOrderId} can't be read from ${this.#database.path}: ${error.message}.`,
      );
    }
  }
}

type JournalParts = {
  readonly group: GroupCommit;
  readonly audit: AuditLog;
  readonly nakedTrades: SqliteNakedTrades;
};

type Conclusion = {
  readonly key: IntentKey;
  readonly result: unknown;
  readonly audit: readonly AuditRecord[];
};

type IntentRow = Omit<Intent, "request" | "result"> & {
  readonly request: string;
  readonly result: string | null;
};

const STATE_WORDS: Readonly<Record<IntentState, string>> = {
  sending: "it has no outcome yet",
  unknown: "its outcome is not known yet",
  settled: "its outcome is known",
};

const COLUMNS = `client_order_id AS clientOrderId, connection, account, instrument, request,
  since_transaction_id AS sinceTransactionId, expected_price AS expectedPrice,
  created_at AS createdAt, created_monotonic_ms AS createdMonotonicMs, owner, state, result, settled_at AS settledAt`;
const OF_KEY = `WHERE connection = @connection AND account = @account
  AND client_order_id = @clientOrderId`;

function statementsOf({ connection }: LocalDatabase) {
  return {
    insert: lazy(() =>
      connection.prepare<[ReturnType<typeof newRow>]>(
        `INSERT INTO intents (connection, account, client_order_id, instrument, request,
           since_transaction_id, expected_price, created_at, created_monotonic_ms, owner,
           state, result, weakens_stop)
         VALUES (@connection, @account, @clientOrderId, @instrument, @request,
           @sinceTransactionId, @expectedPrice, @createdAt, @createdMonotonicMs, @owner,
           'sending', @result, @weakensStop)
         ON CONFLICT (connection, account, client_order_id) DO NOTHING`,
      ),
    ),
    conclude: lazy(() =>
      connection.prepare<[IntentKey & Pick<IntentRow, "state" | "result" | "settledAt">]>(
        `UPDATE intents SET state = @state, result = @result, settled_at = @settledAt
         ${OF_KEY} AND (state <> 'settled' OR @state = 'settled')`,
      ),
    ),
    state: lazy(() =>
      connection.prepare<[IntentKey], { state: IntentState }>(
        `SELECT state FROM intents ${OF_KEY}`,
      ),
    ),
    find: lazy(() =>
      connection.prepare<[IntentKey], IntentRow>(`SELECT ${COLUMNS} FROM intents ${OF_KEY}`),
    ),
    unsettled: lazy(() =>
      connection.prepare<[string, string], IntentRow>(
        `SELECT ${COLUMNS} FROM intents
         WHERE connection = ? AND account = ? AND state <> 'settled' ORDER BY id`,
      ),
    ),
    recent: lazy(() =>
      connection.prepare<[string, string, number], IntentRow>(
        `SELECT ${COLUMNS} FROM intents WHERE connection = ? AND account = ?
         ORDER BY id DESC LIMIT ?`,
      ),
    ),
    countIn: lazy(() => countOrders(connection)),
  };
}

function newRow(intent: NewIntent, weakensStop: boolean) {
  const { request, report, claim: _, ...rest } = intent;
  return {
    ...rest,
    request: serializeRequest(request),
    result: JSON.stringify(report ?? null),
    weakensStop: weakensStop ? 1 : 0,
  };
}

function neverOpened(key: IntentKey): Failure {
  return new Failure(
    "ORDER_NOT_FOUND",
    `The journal holds no order ${key.clientOrderId} of ${key.connection}, ` +
      `account ${key.account}: its outcome was not stored.`,
    { details: { ...key } },
  );
}
