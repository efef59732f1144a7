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
  /** Whether the venue took the request of that id from another computer. */
  readonly isOthers: (clientOrderId: string) => boolean;
  /** Whether the venue's log can't tell whose it is: see AccountWitness. */
  readonly isFree: (clientOrderId: string) => boolean;
};

type Oracle = (evidence: Evidence) => void;

/** P3, no fill missed, joins them when the account's history is kept. */
const ORACLES: readonly Oracle[] = [judgeRequests, judgeIntents, judgeAnswers];

/** Holds the program's records, and what it told, against the venue's own log. */
export function judge(intents: readonly Intent[], trading: Trading): void {
  const { venue, witness, uses, account, computer } = trading;
  const isOthers = (id: string) => (account.takenFrom(id) ?? computer) !== computer;
  const stories = storiesOf(venue);
  const isFree = (id: string) => account.isFree(id);
  const evidence = { stories, intents, uses, witness, isOthers, isFree };
  for (const oracle of ORACLES) oracle(evidence);
}

/** P2: in the end every order that stands on the server has its outcome, and it is the venue's. */
export function judgeStanding({ venue, server, account }: Trading): void {
  const stories = storiesOf(venue);
  for (const { clientOrderId: id, state, report, host } of server?.rows() ?? []) {
    if (state !== "settled") account.accuse("P2", `${id} of ${host} stands as ${state} in the end`);
    if (state !== "settled" || account.isFree(id)) continue;
    const known = JSON.parse(report) as OrderReport;
    const lie = lieOf(known, stories.get(id));
    if (lie) account.accuse("P2", `${id} of ${host} stands as ${known.status}, and ${lie}`);
  }
}

/** Everything that the venue made of one request carries the request's id. */
function storiesOf(venue: Trading["venue"]): ReadonlyMap<string, Story> {
  const log: readonly VenueTransaction[] = venue.log().map(({ body }) => parseTransaction(body));
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
function judgeRequests({ stories, intents, witness, isFree }: Evidence): void {
  const known = new Set(intents.map(({ clientOrderId }) => clientOrderId));
  for (const [id, { batches, fills }] of stories) {
    if (!witness.sends.has(id) || isFree(id)) continue;
    if (batches.size > 1) witness.accuse("P1", `${id} is taken ${batches.size} times`);
    if (fills.length > 1) witness.accuse("P1", `${id} is filled ${fills.length} times`);
    if (!known.has(id)) witness.accuse("P2", `${id} is in no journal`);
  }
}

/** P2: the outcome that is stored is the one that the venue's log shows, with its ids. */
function judgeIntents({ stories, intents, witness, isOthers, isFree }: Evidence): void {
  for (const intent of intents) {
    if (intent.state !== "settled" || isFree(intent.clientOrderId)) continue;
    const { clientOrderId: id } = intent;
    const report = reportOf(intent);
    // One that never left here was made on another computer after that.
    if (isOthers(id) && !lieOf(report, undefined)) continue;
    const lie = lieOf(report, stories.get(id));
    if (lie) witness.accuse("P2", `${id} is stored as ${report.status}, and ${lie}`);
    const [fill] = stories.get(id)?.fills ?? [];
    if (fill && !hasFill(report, fill)) witness.accuse("P2", `${id} is stored with another fill`);
  }
}

/** What a trader was told stays true. */
function judgeAnswers({ stories, uses, witness, isOthers, isFree }: Evidence): void {
  for (const { told, number, what } of witness.submissions) {
    // Where an id was asked for more than once, the log can't say for which of them.
    if (!told || told instanceof Failure || (uses.get(told.clientOrderId) ?? 1) > 1) continue;
    if (told.status === "unknown" || isOfNothing(told)) continue;
    if (isFree(told.clientOrderId)) continue;
    if (isOthers(told.clientOrderId) && !lieOf(told, undefined)) continue;
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

/** A signal that was refused here may make its order later, with the same id, here or elsewhere. */
function isOfNothing({ status, signalId, error }: OrderReport): boolean {
  return signalId !== null && status === "rejected" && !error?.brokerCode;
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
