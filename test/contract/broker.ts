import { afterEach, beforeEach, describe } from "vitest";
import { bookingCases, closingCases } from "./broker-closes.ts";
import {
  fillCases,
  nettingCases,
  originCases,
  refusalCases,
  sendingCases,
} from "./broker-fills.ts";
import { logCases, proofCases } from "./broker-log.ts";
import { accountCases, instrumentCases, lookupCases } from "./broker-reads.ts";
import type { BrokerUnderTest } from "./broker-steps.ts";

/** What every broker adapter promises (ports/broker.ts), tried on a venue made by `make`. */
export function brokerContract(name: string, make: () => Promise<BrokerUnderTest>): void {
  describe(`${name} keeps the broker contract`, () => {
    let subject: BrokerUnderTest;
    beforeEach(async () => {
      subject = await make();
    });
    afterEach(() => subject.cleanup());
    const current = () => subject;

    describe("instruments and quotes", () => instrumentCases(current));
    describe("accounts", () => accountCases(current));
    describe("order lists", () => lookupCases(current));
    describe("fills", () => fillCases(current));
    describe("netting", () => nettingCases(current));
    describe("origin", () => originCases(current));
    describe("refusals", () => refusalCases(current));
    describe("sending", () => sendingCases(current));
    describe("closing", () => closingCases(current));
    describe("balance", () => bookingCases(current));
    describe("proof", () => proofCases(current));
    describe("the log", () => logCases(current));
  });
}
