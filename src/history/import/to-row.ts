import { createHash } from "node:crypto";
import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";
import { decimal } from "../../core/money.ts";
import { TRANSACTION_TYPES, type TransactionType } from "../../core/transaction.ts";
import type { ImportDefaults } from "../../ports/history-files.ts";
import { Cells, type FieldsOfRow, placesOf } from "./cells.ts";
import { misread } from "./misread.ts";

/** The columns that no file can do without. */
export const REQUIRED_KEYS = ["time", "type", "instrument", "side", "units", "price"] as const;

const ID_DIGITS = 24;
const SIDES = ["buy", "sell"] as const;

/** Makes rows of records with these columns. @throws Failure USAGE naming line, column and value. */
export class RowReader {
  readonly #cells: Cells;
  readonly #defaults: ImportDefaults;

  constructor(columns: readonly HistoryKey[], defaults: ImportDefaults) {
    this.#cells = new Cells(placesOf(columns));
    this.#defaults = defaults;
  }

  toRow(fields: FieldsOfRow, line: number): HistoryRow {
    const cells = this.#cells;
    cells.goTo(fields, line);
    const type = cells.word("type", TRANSACTION_TYPES);
    if (type === null) throw cells.missing("type");
    const { realizedPl, commission, financing, amount } = amountsOf(cells, type);
    const connection = cells.text("connection") ?? this.#defaults.connection;
    const account = cells.text("account") ?? this.#defaults.account;
    if (account === null) throw accountless(line);
    const row = {
      id: cells.text("id") ?? "",
      connection,
      account,
      time: cells.time(),
      type,
      brokerType: cells.text("brokerType"),
      instrument: cells.instrument(),
      side: cells.word("side", SIDES),
      units: cells.size("units"),
      price: cells.price(),
      realizedPl,
      commission,
      financing,
      amount,
      balance: cells.amount("balance"),
      currency: cells.text("currency") ?? this.#defaults.currencyOf({ connection, account }),
      orderId: cells.text("orderId"),
      tradeId: cells.text("tradeId"),
      clientOrderId: cells.text("clientOrderId"),
      signalId: cells.text("signalId"),
      agent: cells.text("agent"),
    };
    requireWhole(row, cells);
    return row.id === "" ? { ...row, id: contentId(row) } : row;
  }
}

type Money = Pick<HistoryRow, "realizedPl" | "commission" | "financing" | "amount">;

/** What a row books; where it doesn't say what the balance changed by, its parts do. */
function amountsOf(cells: Cells, type: TransactionType): Money {
  const realizedPl = cells.amount("realizedPl") ?? "0";
  const commission = cells.amount("commission") ?? "0";
  const financing = cells.amount("financing") ?? "0";
  const given = cells.amount("amount");
  if (given !== null) return { realizedPl, commission, financing, amount: given };
  const amount = decimal(realizedPl).plus(decimal(financing)).minus(decimal(commission)).toString();
  if (amount === "0" && (type === "funding" || type === "fee")) throw cells.missing("amount");
  return { realizedPl, commission, financing, amount };
}

/** A fill without what was filled is none, and an amount without its currency neither. */
function requireWhole(row: HistoryRow, cells: Cells): void {
  if (row.type === "fill") {
    for (const key of ["instrument", "side", "units", "price"] as const) {
      if (row[key] === null) throw cells.missing(key);
    }
  }
  if (row.currency === null && row.amount !== "0") {
    throw cells.missing(
      "currency",
      "where an amount is booked and the account's currency isn't known",
    );
  }
}

/** The same content always has the same id. */
function contentId(row: HistoryRow): string {
  const price = row.price === null ? null : decimal(row.price).toString();
  const values = HISTORY_KEYS.map((key) => (key === "price" ? price : row[key]));
  const digest = createHash("sha256").update(JSON.stringify(values)).digest("hex");
  return `import-${digest.slice(0, ID_DIGITS)}`;
}

function accountless(line: number) {
  return misread(
    { line, column: "account", value: "" },
    "says no account",
    "Add the column account, or give the account with -a.",
  );
}
