import type { Quote } from "../../core/quote.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountState } from "../../ports/broker.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { LastAnswer, LastAnswers } from "../../ports/last-answers.ts";
import { parseQuotes, parseState, serializeQuotes, serializeState } from "../answers-codec.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "What the broker last said is not at hand.";

/** The last answers in the user's database. One that a power cut takes away, or of another version, counts as none. */
export class SqliteLastAnswers implements LastAnswers {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #save;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[AnswerKey], AnswerRow>(
        `SELECT asked_at AS askedAt, asked_monotonic_ms AS askedMonotonicMs, body FROM last_answers
         WHERE connection = @connection AND account = @account AND kind = @kind`,
      ),
    );
    this.#save = lazy(() =>
      connection.prepare<[AnswerKey & AnswerRow]>(
        `INSERT OR REPLACE INTO last_answers
         VALUES (@connection, @account, @kind, @askedAt, @askedMonotonicMs, @body)`,
      ),
    );
  }

  async state(account: AccountKey): Promise<LastAnswer<AccountState> | null> {
    return this.#read(account, "state", parseState);
  }

  async quotes(account: AccountKey): Promise<LastAnswer<readonly Quote[]> | null> {
    return this.#read(account, "quotes", parseQuotes);
  }

  async keepState(account: AccountKey, answer: LastAnswer<AccountState>): Promise<void> {
    this.#keep({ ...account, kind: "state" }, { ...answer, body: serializeState(answer.value) });
  }

  async keepQuotes(account: AccountKey, answer: LastAnswer<readonly Quote[]>): Promise<void> {
    this.#keep({ ...account, kind: "quotes" }, { ...answer, body: serializeQuotes(answer.value) });
  }

  #read<T>(
    { connection, account }: AccountKey,
    kind: AnswerKey["kind"],
    parse: (body: string) => T,
  ): LastAnswer<T> | null {
    const row = this.#database.read(MEANING, () => this.#find().get({ connection, account, kind }));
    if (!row) return null;
    const { askedAt, askedMonotonicMs, body } = row;
    try {
      return { value: parse(body), askedAt, askedMonotonicMs };
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  #keep(key: AnswerKey, { askedAt, askedMonotonicMs, body }: AnswerRow): void {
    this.#database.writeRelaxed(MEANING, () =>
      this.#save().run({ ...key, askedAt, askedMonotonicMs, body }),
    );
  }
}

type AnswerKey = AccountKey & { readonly kind: "state" | "quotes" };

type AnswerRow = {
  readonly askedAt: Instant;
  readonly askedMonotonicMs: number;
  readonly body: string;
};
