import type { OrderRequest } from "../../core/order-request.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import { type IntentState, LONGEST_IN_FLIGHT_MS } from "../../ports/journal.ts";
import type { EarlierOrder, Fate, FencedOrder, StandingOrder } from "../../ports/order-fence.ts";
import { parseRequest, serializeRequest } from "../request-codec.ts";
import type { Session } from "./session.ts";

/** Whose orders, and by whom they are raised. */
export type Raiser = {
  readonly account: string;
  readonly host: string;
  readonly owner: string;
};

/**
 * A process that is connected holds this lock, shared, as it may have several sessions. The server ends it with the
 * connection.
 */
const LOCK = (owner: string) => `hashtextextended('tmt_broker.orders.' || ${owner}, 0)`;

const IS_CONNECTED = `EXISTS (SELECT 1 FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = ${LOCK("o.owner")})`;

const STANDING = `SELECT o.client_order_id AS "clientOrderId", o.mark, o.signal_id AS "signalId", o.content,
    o.connection, o.instrument, o.request, o.since_transaction_id AS "sinceTransactionId",
    o.report, o.host, o.owner, o.state,
    to_char(o.raised_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "raisedAt",
    (extract(epoch FROM clock_timestamp() - o.raised_at) * 1000)::float8 AS "ageMs",
    CASE WHEN o.state = 'settled' THEN false ELSE ${IS_CONNECTED} END AS "isConnected"
  FROM tmt_broker.orders o WHERE o.account = $1`;

const OLDEST_FIRST = "ORDER BY o.raised_at, o.client_order_id";

type Row = {
  readonly clientOrderId: string;
  readonly mark: string;
  readonly signalId: string | null;
  readonly content: string | null;
  readonly connection: string;
  readonly instrument: string;
  readonly request: string;
  readonly sinceTransactionId: string;
  readonly report: string;
  readonly host: string;
  readonly owner: string;
  readonly state: IntentState;
  readonly raisedAt: string;
  readonly ageMs: number;
  readonly isConnected: boolean;
};

/** Says that the process lives, for as long as the session does. */
export async function holdOwner(session: Session, owner: string): Promise<void> {
  await session.query(`SELECT pg_advisory_lock_shared(${LOCK("$1")})`, [owner]);
}

/** Those whose signal or id is taken stay as they are. All in one order, so that no two computers wait for each other. */
export async function insertOrders(
  session: Session,
  { account, host, owner }: Raiser,
  orders: readonly FencedOrder[],
): Promise<void> {
  const [ids, ...rest] = columnsOf(orders);
  await session.query(
    `INSERT INTO tmt_broker.orders (account, host, owner, state, client_order_id, mark, signal_id, content,
       connection, instrument, request, since_transaction_id, report)
     SELECT $1, $2, $3, 'sending', r.* FROM unnest($4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) AS r (id, mark, signal)
     ORDER BY r.signal, r.id ON CONFLICT DO NOTHING`,
    [account, host, owner, ids, orders.map(({ mark }) => mark), ...rest],
  );
}

/** Orders that were made before any stood here; says how many of them do now. */
export async function insertEarlier(
  session: Session,
  { account, host }: Pick<Raiser, "account" | "host">,
  orders: readonly EarlierOrder[],
): Promise<number> {
  const { rows } = await session.query(
    `INSERT INTO tmt_broker.orders (account, host, mark, owner, state, raised_at, client_order_id, signal_id,
       content, connection, instrument, request, since_transaction_id, report)
     SELECT $1, $2, '', e.owner, e.state, e.raised_at::timestamptz, e.id, e.signal, e.content, e.connection,
       e.instrument, e.request, e.since, e.report
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::text[], $11::text[], $12::text[], $13::text[])
       AS e (owner, state, raised_at, id, signal, content, connection, instrument, request, since, report)
     ORDER BY e.signal, e.id ON CONFLICT DO NOTHING RETURNING 1`,
    [
      ...[account, host, orders.map(({ owner }) => owner), orders.map(({ state }) => state)],
      ...[orders.map(({ raisedAt }) => raisedAt), ...columnsOf(orders)],
    ],
  );
  return rows.length;
}

/** What is stored of an order by columns, from its id on. */
function columnsOf(orders: readonly Omit<FencedOrder, "mark">[]) {
  return [
    orders.map(({ clientOrderId }) => clientOrderId),
    orders.map(({ signal }) => signal?.id ?? null),
    orders.map(({ signal }) => signal?.content ?? null),
    orders.map(({ connection }) => connection),
    orders.map(({ instrument }) => instrument),
    orders.map(({ request }) => serializeRequest(request)),
    orders.map(({ sinceTransactionId }) => sinceTransactionId),
    orders.map(({ report }) => JSON.stringify(report ?? null)),
  ];
}

/** What stands with one of the ids or signals, or without an outcome in one of the instruments. */
export async function readOrders(
  session: Session,
  account: string,
  orders: readonly FencedOrder[],
): Promise<readonly StandingOrder[]> {
  const { rows } = await session.query<Row>(
    `${STANDING} AND (o.client_order_id = ANY($2) OR o.signal_id = ANY($3)
       OR (o.state <> 'settled' AND o.instrument = ANY($4))) ${OLDEST_FIRST}`,
    [
      account,
      orders.map(({ clientOrderId }) => clientOrderId),
      orders.flatMap(({ signal }) => (signal ? [signal.id] : [])),
      [...new Set(orders.map(({ instrument }) => instrument))],
    ],
  );
  return rows.map(toStanding);
}

export async function readDoubted(
  session: Session,
  account: string,
): Promise<readonly StandingOrder[]> {
  const { rows } = await session.query<Row>(
    `${STANDING} AND o.state <> 'settled' ${OLDEST_FIRST}`,
    [account],
  );
  return rows.map(toStanding).filter(isDoubted);
}

export async function readMade(
  session: Session,
  account: string,
  signalIds: readonly string[],
): Promise<readonly StandingOrder[]> {
  const { rows } = await session.query<Row>(`${STANDING} AND o.signal_id = ANY($2)`, [
    account,
    signalIds,
  ]);
  return rows.map(toStanding);
}

/** Each of them only while it is its own process's order. */
export async function keepFates(
  session: Session,
  account: string,
  fates: readonly Fate[],
): Promise<void> {
  const known = fates.flatMap((fate) => (fate.state === "withdrawn" ? [] : [fate]));
  if (known.length > 0) {
    await session.query(
      `UPDATE tmt_broker.orders o SET state = f.state, report = f.report
       FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS f (id, owner, state, report)
       WHERE o.account = $1 AND o.client_order_id = f.id AND o.owner = f.owner
         AND (o.state <> 'settled' OR f.state = 'settled')`,
      [
        ...[account, ...keysOf(known), known.map(({ state }) => state)],
        known.map(({ report }) => JSON.stringify(report ?? null)),
      ],
    );
  }
  const withdrawn = fates.filter(({ state }) => state === "withdrawn");
  if (withdrawn.length > 0) {
    await session.query(
      `DELETE FROM tmt_broker.orders o USING unnest($2::text[], $3::text[], $4::text[]) AS w (id, owner, mark)
       WHERE o.account = $1 AND o.client_order_id = w.id AND o.owner = w.owner
         AND (w.mark IS NULL OR o.mark = w.mark)`,
      [account, ...keysOf(withdrawn), withdrawn.map(({ mark }) => mark ?? null)],
    );
  }
}

function keysOf(fates: readonly Fate[]): readonly (readonly string[])[] {
  return [fates.map(({ clientOrderId }) => clientOrderId), fates.map(({ owner }) => owner)];
}

/** Whether nobody knows what became of it, not even whoever sent it. */
export function isDoubted({ state, isInFlight }: StandingOrder): boolean {
  return state !== "settled" && !isInFlight;
}

function toStanding({ signalId, content, request, report, raisedAt, ...row }: Row): StandingOrder {
  const { state, ageMs, isConnected } = row;
  return {
    ...row,
    signal: signalId === null ? null : { id: signalId, content },
    request: readRequest(request),
    report: JSON.parse(report),
    raisedAt: instantOf(raisedAt),
    isInFlight: state === "sending" && isConnected && ageMs <= LONGEST_IN_FLIGHT_MS,
  };
}

function readRequest(text: string): OrderRequest | null {
  try {
    return parseRequest(text);
  } catch {
    return null;
  }
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) throw new RangeError(`the server's time ${text} can't be read`);
  return instant;
}
