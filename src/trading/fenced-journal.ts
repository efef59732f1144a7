import { Failure } from "../core/failures.ts";
import { mayAddRisk } from "../core/order-request.ts";
import type { IntentKey, Journal, KnownSignal, NewIntent, SignalKey } from "../ports/journal.ts";
import type { FencedOrder, OrderFence, StandingOrder } from "../ports/order-fence.ts";
import type { Desk } from "./desk.ts";
import { doubtedFailure, fateOf, intentOf, ownIntent } from "./elsewhere.ts";
import { forwardJournal } from "./forward-journal.ts";
import type { OrderReport } from "./order-report.ts";
import { hasNeverLeft } from "./place-signal.ts";

type FenceParts = Pick<Desk, "journal" | "profile" | "account" | "actor" | "newId"> & {
  readonly fence: () => Promise<OrderFence>;
  readonly note: (text: string) => void;
  /** Sees to it that what nobody waits for is done before the process ends, if the server listens. */
  readonly aside: (work: Promise<unknown>) => void;
};

type Opening = Parameters<Journal["open"]>;

/**
 * The journal of an account that several computers trade on: an order stands on the server before it is in the journal, and
 * so before it leaves. What closes and takes back never waits for the server.
 */
export function fenceJournal(parts: FenceParts): Journal {
  const { journal } = parts;
  /** Orders of this process, until they stand on the server and in the journal, or can't. */
  const opening = new Map<string, Promise<unknown>>();
  const tell = async (key: IntentKey, report: OrderReport, isSettled: boolean) => {
    await opening.get(key.clientOrderId);
    const intent = await journal.find(key);
    if (!intent) return;
    const { clientOrderId, owner } = intent;
    const unknown = { clientOrderId, owner, state: "unknown" as const, report };
    (await parts.fence()).tellSoon(isSettled ? fateOf(intent, report) : unknown);
  };
  return {
    ...forwardJournal(journal),
    open: async (...given) => {
      const [{ clientOrderId }] = given;
      // One with the same id waits until the first is in the journal, or can't be: then it is a raising of its own.
      const before = opening.get(clientOrderId) ?? Promise.resolve();
      const begun = before.then(() => openFenced(parts, given));
      const isOver = begun.then(({ opened, raised }) => Promise.allSettled([opened, raised]));
      opening.set(clientOrderId, isOver);
      void isOver.then(() => {
        if (opening.get(clientOrderId) === isOver) opening.delete(clientOrderId);
      });
      await (await begun).opened;
    },
    settle: async (key, report, audit) => {
      await journal.settle(key, report, audit);
      parts.aside(tell(key, report as OrderReport, true));
    },
    markUnknown: async (key, report, audit) => {
      await journal.markUnknown(key, report, audit);
      parts.aside(tell(key, report as OrderReport, false));
    },
    signal: (key) => signalOf(parts, key),
  };
}

function openFenced(parts: FenceParts, given: Opening) {
  const [intent, , look] = given;
  const mark = parts.newId();
  const raised = raise(parts, intent, mark);
  const stands = raised.catch(() => undefined);
  const opens = async () => {
    try {
      if (look?.isOwnerAlive) await raised;
      await parts.journal.open(...given);
    } catch (error) {
      parts.aside(stands.then(() => withdraw(parts, intent, mark)));
      throw error;
    }
  };
  parts.aside(stands);
  return { opened: opens(), raised };
}

/** What isn't in the journal never leaves. */
async function withdraw(parts: FenceParts, intent: NewIntent, mark: string): Promise<void> {
  const { clientOrderId, owner } = intent;
  if (await parts.journal.find(intent)) return;
  (await parts.fence()).tellSoon({ clientOrderId, owner, mark, state: "withdrawn" });
}

/**
 * Makes the order stand on the server. Where the server can't be asked, what adds no risk goes on without it, unless it is a
 * signal's order: that one another computer may have made.
 * @throws Failure DUPLICATE_CLIENT_ORDER_ID or OUTCOME_UNKNOWN for what stands in its way.
 */
async function raise(parts: FenceParts, intent: NewIntent, mark: string): Promise<void> {
  try {
    await requireFree(parts, intent, mark);
  } catch (error) {
    if (!(error instanceof Failure) || REFUSALS.has(error.code)) throw error;
    if (mayAddRisk(intent.request) || signalOfOrder(intent)) throw notSent(error);
    parts.note(`${error.message} They don't know of this order either.`);
  }
}

async function requireFree(parts: FenceParts, intent: NewIntent, mark: string): Promise<void> {
  const fence = await parts.fence();
  const { taken, doubted } = await fence.raise({ ...orderOf(intent), mark });
  if (taken && !(await isCleared(parts, intent, taken))) throw takenFailure(taken, intent);
  if (taken) return requireFree(parts, intent, mark);
  for (const one of doubted) {
    const own = await ownIntent(parts, one);
    if (!own) throw doubtedFailure(one, parts);
    // An order without an outcome in this computer's own journal is for that to refuse.
    if (own.state === "settled") fence.tellSoon(fateOf(one, own.result as OrderReport));
  }
}

/** Takes away what stands there of this computer's, never left, and the server couldn't be told of then: whether it was that. */
async function isCleared(
  parts: FenceParts,
  { clientOrderId }: NewIntent,
  taken: StandingOrder,
): Promise<boolean> {
  const { owner, mark } = taken;
  const own = await ownIntent(parts, taken);
  // This process raises an id once at a time: an earlier raising that isn't in the journal came to nothing.
  const isLeft = !own && owner === parts.actor.process && taken.clientOrderId === clientOrderId;
  if (!isLeft && !(own && hasNeverLeft(own))) return false;
  const fence = await parts.fence();
  await fence.tell({ clientOrderId: taken.clientOrderId, owner, mark, state: "withdrawn" });
  return true;
}

/** What the signal has made here; where that is nothing, or never left, what it has made on another computer. */
async function signalOf(parts: FenceParts, key: SignalKey): Promise<KnownSignal | null> {
  const here = await parts.journal.signal(key);
  if (here && !hasNeverLeft(here.intent)) return here;
  const made = await madeElsewhere(parts, key);
  if (!made?.request || (await ownIntent(parts, made))) return here;
  const intent = intentOf({ ...made, request: made.request }, parts);
  return { content: made.signal?.content ?? null, attempts: 1, intent, elsewhere: made };
}

async function madeElsewhere(parts: FenceParts, { signalId }: SignalKey) {
  try {
    return await (await parts.fence()).made(signalId);
  } catch (error) {
    throw error instanceof Failure ? notSent(error) : error;
  }
}

function notSent(failure: Failure): Failure {
  const { code, message, hint, retryable, details } = failure;
  return new Failure(code, `${message} Nothing was sent.`, {
    ...(hint ? { hint } : {}),
    ...{ retryable, details, cause: failure },
  });
}

function orderOf(intent: NewIntent): Omit<FencedOrder, "mark"> {
  const { clientOrderId, connection, instrument, request, sinceTransactionId, report } = intent;
  const signal = signalOfOrder(intent);
  return { clientOrderId, connection, instrument, request, sinceTransactionId, report, signal };
}

/** The signal that it is the one order of; changes, closes and cancellations only carry its name. */
function signalOfOrder({ request, claim }: NewIntent): FencedOrder["signal"] {
  const { signalId } = request.origin;
  const makesOrder = request.kind === "market" || request.kind === "entry";
  return signalId !== null && makesOrder ? { id: signalId, content: claim?.content ?? null } : null;
}

const REFUSALS: ReadonlySet<Failure["code"]> = new Set([
  "DUPLICATE_CLIENT_ORDER_ID",
  "OUTCOME_UNKNOWN",
]);

function takenFailure(taken: StandingOrder, { clientOrderId, claim, request }: NewIntent): Failure {
  const { host, raisedAt } = taken;
  const { signalId } = request.origin;
  const what =
    claim && signalId !== null && taken.signal?.id === signalId
      ? `The signal ${signalId} has made the order ${taken.clientOrderId} on ${host} already`
      : `An order with the client id ${clientOrderId} was already made on ${host}`;
  return new Failure(
    "DUPLICATE_CLIENT_ORDER_ID",
    `${what}, at ${raisedAt}. This one is refused: nothing was sent.`,
    {
      hint: `See the first one there, or what became of it here with: tmt-broker history list`,
      details: { clientOrderId: taken.clientOrderId, host },
    },
  );
}
