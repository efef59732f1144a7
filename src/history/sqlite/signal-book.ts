import { Failure } from "../../core/failures.ts";
import type { NewIntent, SignalKey } from "../../ports/journal.ts";
import { type LocalDatabase, lazy } from "./database.ts";

type Row = {
  readonly clientOrderId: string;
  readonly content: string | null;
  readonly attempts: number;
};
type Claimed = Row & SignalKey;

const FIRST: SignalKey = { connection: "", account: "", signalId: "" };

/** Sees to it, inside the transaction that writes an intent, that a signal makes one order only. */
export class SignalBook {
  readonly #find;
  readonly #after;
  readonly #hasNeverLeft;
  readonly #claim;

  constructor({ connection }: LocalDatabase) {
    this.#find = lazy(() =>
      connection.prepare<[SignalKey], Row>(
        `SELECT client_order_id AS clientOrderId, content, attempts FROM signals
         WHERE connection = @connection AND account = @account AND signal_id = @signalId`,
      ),
    );
    this.#after = lazy(() =>
      connection.prepare<[SignalKey & { limit: number }], Claimed>(
        `SELECT connection, account, signal_id AS signalId, client_order_id AS clientOrderId, content, attempts
         FROM signals WHERE (connection, account, signal_id) > (@connection, @account, @signalId)
         ORDER BY connection, account, signal_id LIMIT @limit`,
      ),
    );
    // A "no" of the broker has its code; without one nothing reached it.
    this.#hasNeverLeft = lazy(() =>
      connection.prepare<[SignalKey & Pick<Row, "clientOrderId">], unknown>(
        `SELECT 1 FROM intents
         WHERE connection = @connection AND account = @account
           AND client_order_id = @clientOrderId AND state = 'settled'
           AND result ->> '$.status' = 'rejected' AND result ->> '$.error.brokerCode' IS NULL`,
      ),
    );
    this.#claim = lazy(() =>
      connection.prepare<[Claimed]>(
        `INSERT INTO signals (connection, account, signal_id, client_order_id, content, attempts)
         VALUES (@connection, @account, @signalId, @clientOrderId, @content, @attempts)
         ON CONFLICT (connection, account, signal_id) DO UPDATE SET
           client_order_id = @clientOrderId, content = @content, attempts = @attempts`,
      ),
    );
  }

  find(key: SignalKey): Row | undefined {
    return this.#find().get(key);
  }

  /** Those of all accounts, in order. */
  listAfter(after: SignalKey | null, limit: number): readonly Claimed[] {
    return this.#after().all({ ...(after ?? FIRST), limit });
  }

  /** Why the intent can't be its signal's order; null when it can, or names none. */
  refusal(intent: NewIntent): Failure | null {
    const key = keyOf(intent);
    const earlier = key && this.find(key);
    if (!key || !earlier) return null;
    const { clientOrderId } = earlier;
    const isReplaced = intent.claim?.inPlaceOf === clientOrderId;
    if (isReplaced && this.#hasNeverLeft().get({ ...key, clientOrderId })) return null;
    return takenFailure(key, clientOrderId);
  }

  /** Makes the intent its signal's order, once `refusal` had nothing against it. */
  claim({ clientOrderId, claim, ...intent }: NewIntent): void {
    const key = keyOf(intent);
    if (!key) return;
    const attempts = (this.find(key)?.attempts ?? 0) + 1;
    this.#claim().run({ ...key, clientOrderId, content: claim?.content ?? null, attempts });
  }
}

/** The signal that an order is made for; changes, closes and cancellations only carry its name. */
function keyOf(intent: Pick<NewIntent, "connection" | "account" | "request">): SignalKey | null {
  const { connection, account, request } = intent;
  const { signalId } = request.origin;
  if (signalId === null || (request.kind !== "market" && request.kind !== "entry")) return null;
  return { connection, account, signalId };
}

function takenFailure(key: SignalKey, clientOrderId: string): Failure {
  const { connection, signalId } = key;
  return new Failure(
    "DUPLICATE_CLIENT_ORDER_ID",
    `The signal ${signalId} has made the order ${clientOrderId} on ${connection} already. This one is refused: nothing was sent.`,
    {
      hint: `See the first one with: tmt-broker order show @${clientOrderId} -c ${connection}`,
      details: { ...key, clientOrderId },
    },
  );
}
