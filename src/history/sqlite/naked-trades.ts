import type { AccountKey } from "../../ports/day-book.ts";
import type { IntentKey } from "../../ports/journal.ts";
import type { NakedClaim, NakedTrade, NakedTrades, StopPolicy } from "../../ports/naked-trades.ts";
import { type LocalDatabase, lazy } from "./database.ts";

type Row = {
  readonly clientOrderId: string;
  readonly tradeId: string;
  readonly brokerCode: string;
  readonly policy: StopPolicy | null;
};
type Held = { readonly owner: string | null; readonly policy: StopPolicy | null };
type Adding = IntentKey & Pick<Row, "tradeId" | "brokerCode">;
type Claiming = IntentKey & { readonly owner: string; readonly policy: StopPolicy };

const UNKNOWN = "Whether a trade stands without its stop isn't known here.";
const AGAIN = "A trade may stand without its stop.";

/** Naked trades in the user's database. Who has one in hand isn't flushed: a power cut ends every process that could. */
export class SqliteNakedTrades implements NakedTrades {
  readonly #database: LocalDatabase;
  readonly #statements;
  /** In this process's hands just now. */
  readonly #held = new Set<string>();

  constructor(database: LocalDatabase) {
    this.#database = database;
    this.#statements = statementsOf(database);
  }

  /**
   * Keeps up with an order's result, in the transaction that stores it and before it does. A second proof of the same outcome
   * adds nothing, and whoever couldn't learn its fate has the trade in hand no more.
   */
  note(key: IntentKey, result: unknown): void {
    const { stopRefused, isGuarded } = Object(result) as Readonly<Record<string, unknown>>;
    if (stopRefused === undefined) return;
    const { tradeId, brokerCode } = Object(stopRefused) as Adding;
    if (isGuarded === true) this.#statements.remove().run(key);
    else this.#statements.add().run({ ...key, tradeId, brokerCode });
  }

  async add({ order, ...naked }: Omit<NakedTrade, "policy">): Promise<void> {
    this.#database.writeRelaxed(AGAIN, () => this.#statements.adopt().run({ ...order, ...naked }));
  }

  async of({ connection, account }: AccountKey): Promise<readonly NakedTrade[]> {
    const rows = this.#database.read(UNKNOWN, () =>
      this.#statements.list().all(connection, account),
    );
    return rows.map(({ clientOrderId, ...row }) => ({
      ...row,
      order: { connection, account, clientOrderId },
    }));
  }

  async claim(
    order: IntentKey,
    { owner, isAlive, policy }: NakedClaim,
  ): Promise<StopPolicy | null> {
    const name = nameOf(order);
    if (this.#held.has(name)) return null;
    const claimed = this.#database.writeRelaxed(AGAIN, () => {
      const row = this.#statements.find().get(order);
      if (!row) return null;
      if (row.owner !== null && row.owner !== owner && isAlive(row.owner)) return null;
      this.#statements.claim().run({ ...order, owner, policy });
      return row.policy ?? policy;
    });
    if (claimed !== null) this.#held.add(name);
    return claimed;
  }

  async release(order: IntentKey, owner: string): Promise<void> {
    this.#held.delete(nameOf(order));
    this.#database.writeRelaxed(AGAIN, () => this.#statements.release().run({ ...order, owner }));
  }
}

function nameOf({ connection, account, clientOrderId }: IntentKey): string {
  return JSON.stringify([connection, account, clientOrderId]);
}

const OF_KEY = `WHERE connection = @connection AND account = @account
  AND client_order_id = @clientOrderId`;

function statementsOf({ connection }: LocalDatabase) {
  return {
    add: lazy(() =>
      connection.prepare<[Adding]>(
        `INSERT INTO naked_trades
           (connection, account, client_order_id, trade_id, broker_code, claim_owner)
         SELECT connection, account, client_order_id, @tradeId, @brokerCode,
           CASE state WHEN 'sending' THEN owner END
         FROM intents ${OF_KEY} AND state <> 'settled'
         ON CONFLICT DO NOTHING`,
      ),
    ),
    adopt: lazy(() =>
      connection.prepare<[Adding]>(
        `INSERT INTO naked_trades (connection, account, client_order_id, trade_id, broker_code)
         VALUES (@connection, @account, @clientOrderId, @tradeId, @brokerCode)
         ON CONFLICT DO NOTHING`,
      ),
    ),
    remove: lazy(() => connection.prepare<[IntentKey]>(`DELETE FROM naked_trades ${OF_KEY}`)),
    list: lazy(() =>
      connection.prepare<[string, string], Row>(
        `SELECT client_order_id AS clientOrderId, trade_id AS tradeId, broker_code AS brokerCode, policy
         FROM naked_trades WHERE connection = ? AND account = ? ORDER BY rowid`,
      ),
    ),
    find: lazy(() =>
      connection.prepare<[IntentKey], Held>(
        `SELECT claim_owner AS owner, policy FROM naked_trades ${OF_KEY}`,
      ),
    ),
    claim: lazy(() =>
      connection.prepare<[Claiming]>(
        `UPDATE naked_trades SET claim_owner = @owner, policy = coalesce(policy, @policy) ${OF_KEY}`,
      ),
    ),
    release: lazy(() =>
      connection.prepare<[IntentKey & { readonly owner: string }]>(
        `UPDATE naked_trades SET claim_owner = NULL ${OF_KEY} AND claim_owner = @owner`,
      ),
    ),
  };
}
