import type { Instant } from "../../core/time.ts";
import type { ServerDatabase } from "./database.ts";
import type { Session } from "./session.ts";

/** The date that a line lies under. PostgreSQL's calendar has no year 0. */
export function dayOf(time: Instant): string {
  const day = time.slice(0, 10);
  return day < "0001" ? "0001-01-01" : day;
}

/** The partitions of a plain PostgreSQL: one for each month with a line, made when it is first needed. */
export class Months {
  readonly #database: ServerDatabase;
  readonly #known = new Set<string>();

  constructor(database: ServerDatabase) {
    this.#database = database;
  }

  /** After a failure nothing is sure to be there still: old months go with their lines. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * Makes what is missing for lines of those times, each by itself: readers aren't held up, and one that stays empty does
   * no harm.
   */
  async open(times: readonly Instant[], meaning: string): Promise<void> {
    const months = new Set(times.map((time) => dayOf(time).slice(0, 7)));
    for (const month of months.difference(this.#known)) {
      await this.#database.run(meaning, async (session, kind) => {
        if (kind === "hypertable") return;
        await this.#database.transact(session, () => openMonth(session, month));
      });
      this.#known.add(month);
    }
  }
}

/** To attach a table locks less than to make it a partition at once: an export can go on meanwhile. */
async function openMonth(session: Session, month: string): Promise<void> {
  const name = `transactions_${month.replace("-", "_")}`;
  await session.query("SELECT pg_advisory_xact_lock(hashtextextended('tmt_broker.months', 0))");
  const { rows } = await session.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = 'tmt_broker' AND tablename = $1",
    [name],
  );
  if (rows.length > 0) return;
  await session.query(`CREATE TABLE tmt_broker.${name} (LIKE tmt_broker.transactions)`);
  await session.query(
    `ALTER TABLE tmt_broker.transactions ATTACH PARTITION tmt_broker.${name}
     FOR VALUES FROM ('${month}-01') TO ('${monthAfter(month)}-01')`,
  );
}

export function monthAfter(month: string): string {
  const [year = "", number = ""] = month.split("-");
  return number === "12"
    ? `${Number(year) + 1}-01`.padStart(7, "0")
    : `${year}-${String(Number(number) + 1).padStart(2, "0")}`;
}
