// Node's own SQLite: a shell waits for each word, and loading the driver of the program costs more than all of the rest.
// biome-ignore lint/correctness/noUnresolvedImports: a part of every Node since 22.13
import { DatabaseSync } from "node:sqlite";

/** A name that is known here, and what it stands for. */
export type Known = { readonly word: string; readonly summary: string };

/** What is known of an account, without asking its broker; every account's where none is given. */
export type Whose = { readonly connection: string; readonly account: string | null };

const MOST = 500;

/** Names out of the user's database as other commands left them: it is only read, and never made or brought up to date. */
export class Lookup {
  readonly #database: DatabaseSync;

  /** @throws an error of SQLite when the file isn't there or can't be read. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 50 });
  }

  instruments(whose: Whose): readonly Known[] {
    return this.#all(
      `SELECT DISTINCT value ->> '$.name' AS word, value ->> '$.displayName' AS summary
       FROM instrument_cache, json_each(body, '$.instruments')
       WHERE connection = @connection AND (@account IS NULL OR account = @account)
       ORDER BY word`,
      whose,
    );
  }

  /** Ids of orders that wait for their price, newest first. */
  orders(whose: Whose): readonly Known[] {
    return this.#all(
      `SELECT CAST(order_.value ->> '$.id' AS TEXT) AS word,
         concat_ws(' ', order_.value ->> '$.type', order_.value ->> '$.instrument') AS summary
       FROM (${ACCOUNTS}), json_each(body, orders) AS order_
       WHERE order_.value ->> '$.instrument' IS NOT NULL AND order_.value ->> '$.end' IS NULL
       ORDER BY CAST(word AS INTEGER) DESC`,
      whose,
    );
  }

  /** Instruments with open trades, and the ids of those. */
  positions(whose: Whose): readonly Known[] {
    return this.#all(
      `SELECT word, summary FROM (
         SELECT trade.value ->> '$.instrument' AS word, count(*) || ' open' AS summary, 0 AS rank
         FROM (${ACCOUNTS}), json_each(body, '$.trades') AS trade
         WHERE trade.value ->> '$.closeTime' IS NULL GROUP BY word
         UNION ALL
         SELECT CAST(trade.value ->> '$.id' AS TEXT), trade.value ->> '$.instrument', 1
         FROM (${ACCOUNTS}), json_each(body, '$.trades') AS trade
         WHERE trade.value ->> '$.closeTime' IS NULL)
       ORDER BY rank, CAST(word AS INTEGER), word`,
      whose,
    );
  }

  close(): void {
    this.#database.close();
  }

  #all(sql: string, whose: Whose): readonly Known[] {
    const rows = this.#database.prepare(`${sql} LIMIT ${MOST}`).all({ ...whose });
    return rows.map(({ word, summary }) => ({
      word: String(word),
      summary: String(summary ?? ""),
    }));
  }
}

/** What was last heard of accounts: paper accounts are kept here whole. */
const ACCOUNTS = `
  SELECT body, '$.pendingOrders' AS orders FROM last_answers
  WHERE connection = @connection AND kind = 'state' AND (@account IS NULL OR account = @account)
  UNION ALL
  SELECT body, '$.orders' FROM venue_accounts
  WHERE @connection = 'paper' AND (@account IS NULL OR account = @account)`;
