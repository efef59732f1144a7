import type { BookedRow } from "../../core/history-row.ts";
import { addMs, type Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { AuditEntry } from "../../ports/journal.ts";
import type { TrailEvent, TrailHead } from "../../ui/output/audit-text.ts";
import type { Context, LocalStore } from "../context.ts";

/** What a trail is followed from; other accounts may use the same ids. */
export type TrailStart = ({ readonly signalId: string } | { readonly orderId: string }) &
  Partial<AccountKey>;

export type Trail = {
  readonly heads: readonly TrailHead[];
  readonly entries: readonly AuditEntry[];
  /** Entries and the broker's lines in the order of their times; an entry goes before a line of its moment. */
  readonly events: readonly TrailEvent[];
};

/** All that is recorded of a signal or an order: from who asked for it to the ends of the trades that it opened. */
export async function followTrail(
  { store: opened, orderLines }: Pick<Context, "store" | "orderLines">,
  start: TrailStart,
): Promise<Trail> {
  const store = await opened();
  const named = [...store.audit.entries(start)];
  const entries = withOrders(store, named);
  const lines = await (await orderLines()).about({
    accounts: accountsOf(entries),
    from: earliest(entries),
    signalIds: "signalId" in start ? [start.signalId] : [],
    clientOrderIds: [...textsOf(entries, "clientOrderId"), ...idsOf(start)],
    orderIds: [...textsOf(entries, "orderId"), ...idsOf(start)],
  });
  const heads = await headsOf(store, entries);
  const own = lines.filter((line) => isOf(line, start));
  return { heads, entries, events: eventsOf(entries, own) };
}

function isOf(line: BookedRow, { connection, account }: TrailStart): boolean {
  return (
    (connection ?? line.connection) === line.connection &&
    (account ?? line.account) === line.account
  );
}

function idsOf(start: TrailStart): readonly string[] {
  return "orderId" in start ? [start.orderId] : [];
}

/** Also what was recorded of the same orders without the name that was asked for; other accounts may use the same ids. */
function withOrders({ audit }: LocalStore, named: readonly AuditEntry[]): readonly AuditEntry[] {
  const accounts = new Set(named.map(accountOf));
  const found = new Map(named.map((entry) => [entry.sequence, entry]));
  for (const orderId of [...textsOf(named, "clientOrderId"), ...textsOf(named, "orderId")]) {
    for (const entry of audit.entries({ orderId })) {
      if (accounts.has(accountOf(entry))) found.set(entry.sequence, entry);
    }
  }
  return [...found.values()].toSorted((left, right) => left.sequence - right.sequence);
}

function accountOf({ data }: AuditEntry): string {
  return JSON.stringify([data.connection, data.account]);
}

function accountsOf(entries: readonly AuditEntry[]): readonly AccountKey[] {
  const keys = entries.flatMap(({ data: { connection, account } }) =>
    typeof connection === "string" && typeof account === "string" ? [{ connection, account }] : [],
  );
  return [...new Map(keys.map((key) => [`${key.connection} ${key.account}`, key])).values()];
}

const MOST_SKEW_MS = 3_600_000;

/** The broker's clock may be behind ours: an hour is more than any is. */
function earliest(entries: readonly AuditEntry[]): Instant | null {
  const [first] = entries;
  return first ? addMs(first.at, -MOST_SKEW_MS) : null;
}

function textsOf(entries: readonly AuditEntry[], key: string): readonly string[] {
  const values = entries.map(({ data }) => data[key]);
  return [...new Set(values.filter((value) => typeof value === "string"))];
}

async function headsOf(
  store: LocalStore,
  entries: readonly AuditEntry[],
): Promise<readonly TrailHead[]> {
  const lines = await store.orderLines();
  const firsts = Map.groupBy(entries, ({ data }) => data.clientOrderId);
  const heads: TrailHead[] = [];
  for (const [clientOrderId, [first]] of firsts) {
    const { connection, account, signalId, agent, actor } = first?.data ?? {};
    if (typeof clientOrderId !== "string") continue;
    const key = { connection: String(connection), account: String(account), clientOrderId };
    const intent = await store.journal.find(key);
    heads.push({
      ...key,
      signalId: typeof signalId === "string" ? signalId : null,
      agent: typeof agent === "string" ? agent : null,
      actor: Object(actor),
      state: intent?.state ?? null,
      settledAt: intent?.settledAt ?? null,
      hasLeft: await lines.hasLeft(key),
    });
  }
  return heads;
}

function eventsOf(
  entries: readonly AuditEntry[],
  lines: readonly BookedRow[],
): readonly TrailEvent[] {
  const events: readonly TrailEvent[] = [
    ...entries.map((entry) => ({ kind: "entry" as const, at: entry.at, entry })),
    ...lines.map((row) => ({ kind: "line" as const, at: row.time, row })),
  ];
  return events.toSorted((left, right) => (left.at === right.at ? 0 : left.at < right.at ? -1 : 1));
}
