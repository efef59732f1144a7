import type { ListedSignal, SignalKey } from "../ports/journal.ts";
import type { EarlierOrder, OrderFence } from "../ports/order-fence.ts";
import type { Desk } from "./desk.ts";
import { hasNeverLeft } from "./place-signal.ts";

export type MigrateSignalsOptions = {
  /** Where other computers learn of an account's orders; null for an account that is this computer's alone, or gone. */
  readonly fenceOf: (connection: string, account: string) => Promise<OrderFence | null>;
  readonly signal: AbortSignal;
};

export type MigratedSignals = {
  /** How many signals of this computer have made an order that other computers may have to know. */
  readonly signals: number;
  /** Of those, how many the server didn't know before. */
  readonly copied: number;
};

const PAGE = 500;

/**
 * Tells other computers which signals have made an order here, so that none of them makes another. What the server knows of
 * a signal stays: so it can be killed at any moment, and run again.
 * @throws Failure where the server can't be asked: what was copied so far stays.
 */
export async function migrateSignals(
  journal: Desk["journal"],
  { fenceOf, signal }: MigrateSignalsOptions,
): Promise<MigratedSignals> {
  let [signals, copied] = [0, 0];
  let after: SignalKey | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: readonly ListedSignal[] = await journal.signalsAfter(after, PAGE);
    const made = page.filter(({ intent }) => !hasNeverLeft(intent));
    for (const own of byAccount(made)) {
      const [first] = own;
      const fence = first && (await fenceOf(first.connection, first.account));
      if (!fence) continue;
      signals += own.length;
      copied += await fence.takeOver(own.map(earlierOrder));
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) return { signals, copied };
  }
}

function byAccount(signals: readonly ListedSignal[]): readonly (readonly ListedSignal[])[] {
  const keyOf = ({ connection, account }: ListedSignal) => JSON.stringify([connection, account]);
  return [...Map.groupBy(signals, keyOf).values()];
}

function earlierOrder({ signalId, content, intent }: ListedSignal): EarlierOrder {
  const { clientOrderId, connection, instrument, request, sinceTransactionId } = intent;
  const { owner, state, createdAt, result } = intent;
  return {
    ...{ clientOrderId, connection, instrument, request, sinceTransactionId, owner, state },
    signal: { id: signalId, content },
    raisedAt: createdAt,
    report: result,
  };
}
