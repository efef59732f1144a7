import { afterEach, beforeEach, describe, it } from "vitest";
import { type Group, reasonToSkip } from "./case.ts";
import { cancelCases, changeCases } from "./changes.ts";
import { closedMarketCases } from "./closed-market.ts";
import { bookingCases, closingCases } from "./closes.ts";
import { triggerCases, waitingCases } from "./entries.ts";
import { exitCases, exitTriggerCases } from "./exits.ts";
import { fillCases, nettingCases, originCases, refusalCases, sendingCases } from "./fills.ts";
import { listCases } from "./lists.ts";
import { logCases, pageCases } from "./log.ts";
import { precisionCases } from "./precision.ts";
import { lossCases, proofCases, stopCases, twinCases } from "./proof.ts";
import { accountCases, instrumentCases } from "./reads.ts";
import { sinceCases } from "./since.ts";
import { entryStreamCases, priceStreamCases, reconnectCases } from "./streams.ts";
import type { BrokerUnderTest } from "./subject.ts";
import { timeCases } from "./times.ts";
import { capabilityCases } from "./words.ts";

/** Everything that a broker adapter promises (ports/broker.ts), in the order of a trader's questions. */
export const GROUPS: readonly Group[] = [
  { name: "instruments and quotes", cases: instrumentCases },
  { name: "accounts", cases: accountCases },
  { name: "capabilities", cases: capabilityCases },
  { name: "market orders", cases: [...fillCases, ...refusalCases, ...sendingCases] },
  { name: "netting", cases: nettingCases },
  { name: "origin", cases: originCases },
  { name: "waiting orders", cases: waitingCases },
  { name: "triggers", cases: triggerCases },
  { name: "times in force", cases: timeCases },
  { name: "changes", cases: changeCases },
  { name: "cancellations", cases: cancelCases },
  { name: "exits", cases: exitCases },
  { name: "exits that fire", cases: exitTriggerCases },
  { name: "closing", cases: closingCases },
  { name: "balance", cases: bookingCases },
  { name: "order lists", cases: listCases },
  { name: "state since", cases: sinceCases },
  { name: "the log", cases: logCases },
  { name: "the log by time", cases: pageCases },
  { name: "proof", cases: [...proofCases, ...twinCases] },
  { name: "lost on the way", cases: lossCases },
  { name: "stopped in time", cases: stopCases },
  { name: "closed market", cases: closedMarketCases },
  { name: "price stream", cases: priceStreamCases },
  { name: "transaction stream", cases: entryStreamCases },
  { name: "reconnection", cases: reconnectCases },
  { name: "precision and times", cases: precisionCases },
];

/** Tries every case on a venue made by `make`, each on a fresh one. */
export function brokerContract(name: string, make: () => Promise<BrokerUnderTest>): void {
  describe(`${name} keeps the broker contract`, () => {
    let subject: BrokerUnderTest;
    beforeEach(async () => {
      subject = await make();
    });
    afterEach(() => subject.cleanup());
    for (const group of GROUPS) {
      describe(group.name, () => {
        for (const each of group.cases) {
          it(each.name, async (context) => {
            const reason = reasonToSkip(each, subject);
            if (reason !== null) context.skip(reason);
            await each.run(subject);
          });
        }
      });
    }
  });
}
