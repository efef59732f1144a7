import type { BookedRow } from "../../core/history-row.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import { type IntentLabels, linkLabels } from "../labels.ts";
import { serializeTrades, toHistoryRow } from "../transaction-row.ts";
import { insertLines, linesWithIds, removeLines } from "./line-writer.ts";
import { COLUMNS, type KeyedAccount, type StoredLine, toRow } from "./lines.ts";
import type { ServerKind } from "./migrate.ts";
import type { Session } from "./session.ts";

/** A transaction of a broker's log as a line. */
export function toLine(
  transaction: Transaction,
  context: AccountKey & { readonly currency: string; readonly accountKey: number },
): StoredLine {
  const { connection: _, account: __, ...row } = toHistoryRow(transaction, context);
  return {
    ...row,
    accountKey: context.accountKey,
    trades: serializeTrades(transaction.trades),
  };
}

/** A line of another store. */
export function toStored(row: BookedRow, accountKey: number): StoredLine {
  const { connection: _, account: __, trades, ...rest } = row;
  return { ...rest, accountKey, trades: trades && serializeTrades(trades) };
}

export type Keeping = {
  readonly account: KeyedAccount;
  readonly kind: ServerKind;
  readonly intentOf: IntentLabels;
};

/** Keeps lines of a broker's log, oldest first, in the place of those that are there with their ids. */
export async function keepLines(
  session: Session,
  lines: readonly StoredLine[],
  { account, kind, intentOf }: Keeping,
): Promise<void> {
  const accountKey = account.key;
  const ids = lines.flatMap(({ id, orderId }) => (orderId === null ? [id] : [id, orderId]));
  const there = await linesWithIds(session, accountKey, [...new Set(ids)]);
  const before = new Map(there.map((line) => [line.id, line]));
  const now = new Map(before);
  for (const line of lines) {
    const labels = linkLabels(toRow(account, line), { orderOf: (id) => now.get(id), intentOf });
    now.set(line.id, withLabels({ ...line, ...labels }, now.get(line.id)));
  }
  const changed = [...now.values()].filter((line) => !isSame(line, before.get(line.id)));
  const replaced = changed.map(({ id }) => id).filter((id) => before.has(id));
  if (replaced.length > 0) await removeLines(session, { accountKey, ids: replaced, kind });
  await insertLines(session, changed);
}

/** What only an import knew stays where the broker says nothing. */
function withLabels(line: StoredLine, known: StoredLine | undefined): StoredLine {
  if (!known) return line;
  return {
    ...line,
    clientOrderId: line.clientOrderId ?? known.clientOrderId,
    signalId: line.signalId ?? known.signalId,
    agent: line.agent ?? known.agent,
  };
}

function isSame(line: StoredLine, known: StoredLine | undefined): boolean {
  return known !== undefined && COLUMNS.every(([, key]) => line[key] === known[key]);
}
