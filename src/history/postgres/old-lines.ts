import type { BookedRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import { NeededLines } from "../needed-lines.ts";
import { type KeyedAccount, LINE, type StoredLine, toBookedRow } from "./lines.ts";
import { dayOf } from "./months.ts";
import type { Session } from "./session.ts";

const BATCH = 1_000;

export type OldLines = { readonly count: number; readonly needed: ReadonlySet<string> };

/** How many lines of an account are older than the cut, and which of them have to stay. Inside a transaction. */
export async function olderThan(
  session: Session,
  account: KeyedAccount,
  { cut, server }: { readonly cut: Instant; readonly server: string },
): Promise<OldLines> {
  const needed = new NeededLines();
  let count = 0;
  for await (const row of linesBefore(session, account, { cut, server })) {
    needed.add(row);
    count += 1;
  }
  return { count, needed: count === 0 ? new Set() : needed.ids() };
}

/** An account's lines of before the cut, in order; some at a time leave the server. Inside a transaction. */
export async function* linesBefore(
  session: Session,
  account: KeyedAccount,
  { cut, server }: { readonly cut: Instant; readonly server: string },
): AsyncGenerator<BookedRow> {
  await session.query(
    `DECLARE old_lines NO SCROLL CURSOR FOR SELECT ${LINE} FROM tmt_broker.transactions t
     WHERE t.account_key = $1 AND t.day <= $2::date AND t.time < $3
     ORDER BY t.day, t.time, length(t.id), t.id`,
    [account.key, dayOf(cut), cut],
  );
  for (let count = BATCH; count === BATCH; ) {
    const { rows } = await session.query<StoredLine>(`FETCH ${BATCH} FROM old_lines`);
    for (const line of rows) yield toBookedRow(account, line, server);
    count = rows.length;
  }
  await session.query("CLOSE old_lines");
}
