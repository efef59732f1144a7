import { Failure } from "../../src/core/failures.ts";
import { parseTransaction } from "../../src/paper/engine/snapshot.ts";
import type { FillTransaction, VenueTransaction } from "../../src/paper/engine/transactions.ts";
import type { Intent } from "../../src/ports/journal.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import type { Trading } from "./traders.ts";
import type { Witness } from "./witness.ts";

/** What the venue's own log says of one request of ours. */
type Story = {
  /** How often the venue took it. */
  readonly batches: ReadonlySet<number>;
  readonly isRefused: boolean;
  /** Fills that it caused at once. */
  readonly fills: readonly FillTransaction[];
};

/** What is left in the end: the venue's log by client order id, the program's records, and what it told. */
type Evidence = {
  readonly stories: ReadonlyMap<string, Story>;
  readonly intents: readonly Intent[];
  readonly uses: ReadonlyMap<string, number>;
  readonly witness: Witness;
};

type Oracle = (evidence: Evidence) => void;

/** P3, no fill missed, joins them when the account's history is kept. */
const ORACLES: readonly Oracle[] = [judgeRequests, judgeIntents, judgeAnswers];

/** Holds the program's records, and what it told, against the venue's own log. */
export function judge(intents: readonly Intent[], { venue, witness, uses }: Trading): void {
  const log = venue.log().map(({ body }) => parseTransaction(body));
  const evidence = { stories: storiesOf(log), intents, uses, witness };
  for (const oracle of ORACLES) oracle(evidence);
}

/** Everything that the venue made of one request carries the request's id. */
function storiesOf(log: readonly VenueTransaction[]): ReadonlyMap<string, Story> {
  const groups = Map.groupBy(log, ({ requestId }) => requestId ?? "");
  return new Map(
    [...groups].map(([id, entries]) => [
      id,
      {
        batches: new Set(entries.map(({ batchId }) => batchId)),
        isRefused: entries.some((entry) => entry.type.endsWith("_REJECT")),
        fills: entries.filter((entry) => entry.type === "ORDER_FILL"),
      },
    ]),
  );
}

/** P1: each request is taken once at most, and fills once at most; P2: none is taken without an intent. */
function judgeRequests({ stories, intents, witness }: Evidence): void {
  const known = new Set(intents.map(({ clientOrderId }) => clientOrderId));
  for (const [id, { batches, fills }] of stories) {
    if (!witness.sends.has(id)) continue;
    if (batches.size > 1) witness.accuse("P1", `${id} is taken ${batches.size} times`);
    if (fills.length > 1) witness.accuse("P1", `${id} is filled ${fills.length} times`);
    if (!known.has(id)) witness.accuse("P2", `${id} is in no journal`);
  }
}

/** P2: the outcome that is stored is the one that the venue's log shows, with its ids. */
function judgeIntents({ stories, intents, witness }: Evidence): void {
  for (const intent of intents) {
    if (intent.state !== "settled") continue;
    const { clientOrderId: id } = intent;
    const report = reportOf(intent);
    const lie = lieOf(report, stories.get(id));
    if (lie) witness.accuse("P2", `${id} is stored as ${report.status}, and ${lie}`);
    const [fill] = stories.get(id)?.fills ?? [];
    if (fill && !hasFill(report, fill)) witness.accuse("P2", `${id} is stored with another fill`);
  }
}

/** What a trader was told stays true. */
function judgeAnswers({ stories, uses, witness }: Evidence): void {
  for (const { told, number, what } of witness.submissions) {
    // Where an id was asked for more than once, the log can't say for which of them.
    if (!told || told instanceof Failure || (uses.get(told.clientOrderId) ?? 1) > 1) continue;
    if (told.status === "unknown") continue;
    const lie = lieOf(told, stories.get(told.clientOrderId));
    if (lie) witness.accuse("told", `#${number} ${what} was called ${told.status}, and ${lie}`);
  }
}

/** Why a status can't be true; null when it can. */
function lieOf({ status }: OrderReport, story: Story | undefined): string | null {
  const isTaken = story !== undefined && !story.isRefused;
  const isCalledTaken = status !== "rejected" && status !== "dry_run";
  if (isTaken !== isCalledTaken) return isTaken ? "was carried out" : "was not carried out";
  const isFilled = (story?.fills.length ?? 0) > 0;
  const isCalledFilled = status === "filled" || status === "partially_filled";
  if (isFilled && !isCalledFilled) return "was filled";
  return null;
}

function hasFill({ filledUnits, orderId, fills }: OrderReport, fill: FillTransaction): boolean {
  return (
    filledUnits === fill.units.abs().toString() &&
    orderId === `${fill.orderId}` &&
    fills[0]?.transactionId === `${fill.id}`
  );
}

function reportOf({ result }: Intent): OrderReport {
  return result as OrderReport;
}
