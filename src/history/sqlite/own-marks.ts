import { idsBetween } from "../../core/transaction-id.ts";
import type { IntentKey } from "../../ports/journal.ts";
import { type LocalDatabase, lazy } from "./database.ts";

type Passing = Omit<IntentKey, "clientOrderId"> & { readonly from: string; readonly to: string };

/**
 * Moves what people were told of an account past the transactions that an order's own answer told of, in the transaction that
 * stores the answer: so that an account in which nobody else acts costs no look at all.
 */
export class OwnMarks {
  readonly #pass;

  constructor({ connection }: LocalDatabase) {
    this.#pass = lazy(() =>
      connection.prepare<[Passing]>(
        `UPDATE notice_marks SET through = @to
         WHERE connection = @connection AND account = @account
           AND through = @from AND claim_owner IS NULL`,
      ),
    );
  }

  /** Does nothing where something else happened between the mark and them, or a trade stands without its stop. */
  pass({ connection, account }: IntentKey, result: unknown): void {
    const { transactionIds, stopRefused } = Object(result) as Readonly<Record<string, unknown>>;
    if (stopRefused !== undefined || !Array.isArray(transactionIds)) return;
    const [first, last] = [String(transactionIds[0]), String(transactionIds.at(-1))];
    const isWhole = idsBetween(first, last) === BigInt(transactionIds.length - 1);
    if (!isWhole) return;
    const from = `${BigInt(first) - 1n}`;
    this.#pass().run({ connection, account, from, to: last });
  }
}
