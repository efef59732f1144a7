import { Failure } from "../../src/core/failures.ts";
import { sumOf } from "../../src/core/money.ts";
import { parseTransaction } from "../../src/paper/engine/snapshot.ts";
import type { FillTransaction, VenueTransaction } from "../../src/paper/engine/transactions.ts";
import type { Intent } from "../../src/ports/journal.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { Trading } from "./traders.ts";
import type { Submission, Witness } from "./witness.ts";

/** What the venue's own log says of one client order id. */
type Story = {
  readonly orders: readonly VenueTransaction[];
  readonly rejects: readonly VenueTransaction[];
  readonly fills: readonly FillTransaction[];
  readonly cancels: readonly VenueTransaction[];
};

const NOTHING: Story = { orders: [], rejects: [], fills: [], cancels: [] };

/** What is left in the end: the venue's log by client order id, the program's records, and what it told. */
type Evidence = {
  readonly stories: ReadonlyMap<string, Story>;
  readonly intents: readonly Intent[];
  readonly uses: ReadonlyMap<string, number>;
  readonly witness: Witness;
};

type Oracle = (evidence: Evidence) => void;

/** P3, no fill missed, joins them when the account's history is kept. */
const ORACLES: readonly Oracle[] = [judgeOrders, judgeIntents, judgeAnswers];

/** Holds the program's records, and what it told, against the venue's own log. */
export function judge(intents: readonly Intent[], { venue, witness, uses }: Trading): void {
  const log = venue.log().map(({ body }) => parseTransaction(body));
  const evidence = { stories: storiesOf(log), intents, uses, witness };
  for (const oracle of ORACLES) oracle(evidence);
}

/** P1: one order and one fill for each intent at most; P2: none without an intent. */
function judgeOrders({ stories, intents, witness }: Evidence): void {
  const known = new Set(intents.map(({ clientOrderId }) => clientOrderId));
  for (const [id, { orders, fills }] of stories) {
    if (orders.length > 1) witness.accuse("P1", `${id} is ${orders.length} orders`);
    if (fills.length > 1) witness.accuse("P1", `${id} is filled ${fills.length} times`);
    if (!known.has(id) && witness.sends.has(id)) witness.accuse("P2", `${id} is in no journal`);
  }
}

function judgeIntents({ stories, intents, witness }: Evidence): void {
  for (const intent of intents) {
    judgeIntent(intent, stories.get(intent.clientOrderId) ?? NOTHING, witness);
  }
}

function judgeAnswers({ stories, uses, witness }: Evidence): void {
  for (const submission of witness.submissions) {
    const { told } = submission;
    // Where an id was asked for more than once, the log can't say for which of them.
    if (!told || told instanceof Failure || uses.get(told.clientOrderId) !== 1) continue;
    const filled = (stories.get(told.clientOrderId) ?? NOTHING).fills.length > 0;
    judgeTold(submission, told, { filled, witness });
  }
}

function storiesOf(log: readonly VenueTransaction[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  for (const entry of log) {
    const id = clientIdOf(entry);
    if (id === null) continue;
    const story = stories.get(id) ?? NOTHING;
    stories.set(id, withEntry(story, entry));
  }
  return stories;
}

function clientIdOf(entry: VenueTransaction): string | null {
  if (entry.type === "MARKET_ORDER" || entry.type === "MARKET_ORDER_REJECT") {
    return entry.clientExtensions?.id ?? null;
  }
  if (entry.type === "ORDER_FILL" || entry.type === "ORDER_CANCEL") return entry.clientOrderId;
  return null;
}

function withEntry(story: Story, entry: VenueTransaction): Story {
  if (entry.type === "ORDER_FILL") return { ...story, fills: [...story.fills, entry] };
  if (entry.type === "ORDER_CANCEL") return { ...story, cancels: [...story.cancels, entry] };
  if (entry.type === "MARKET_ORDER_REJECT") return { ...story, rejects: [...story.rejects, entry] };
  return { ...story, orders: [...story.orders, entry] };
}

/** P2: the outcome that is stored is the one that the venue's log shows, with its ids. */
function judgeIntent(intent: Intent, story: Story, witness: Witness): void {
  const { clientOrderId: id, state } = intent;
  if (state !== "settled") return;
  const report = reportOf(intent);
  const [fill] = story.fills;
  if (fill) {
    const filled = sumOf(story.fills.map(({ units }) => units.abs())).toString();
    const isTrue =
      (report.status === "filled" || report.status === "partially_filled") &&
      report.filledUnits === filled &&
      report.orderId === `${fill.orderId}` &&
      report.fills[0]?.transactionId === `${fill.id}`;
    if (!isTrue) witness.accuse("P2", `${id} is stored as ${report.status}, and was filled`);
    return;
  }
  if (report.status === "rejected") {
    if (story.cancels.length > 0)
      witness.accuse("P2", `${id} is stored as rejected, not cancelled`);
    return;
  }
  const [cancel] = story.cancels;
  const isCancelled =
    report.status === "cancelled" && cancel !== undefined && report.orderId !== null;
  if (!isCancelled)
    witness.accuse("P2", `${id} is stored as ${report.status}, and nothing shows it`);
}

/** What a trader was told stays true. */
function judgeTold(
  { number, what }: Submission,
  { status, clientOrderId }: OrderReport,
  { filled, witness }: { readonly filled: boolean; readonly witness: Witness },
): void {
  const isCalledFilled = status === "filled" || status === "partially_filled";
  if (status === "unknown" || isCalledFilled === filled) return;
  const truth = filled ? "was filled" : "was not";
  witness.accuse("told", `#${number} ${what} ${clientOrderId} was called ${status}, and ${truth}`);
}

function reportOf({ result }: Intent): OrderReport {
  return result as OrderReport;
}
