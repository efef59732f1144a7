import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ZERO } from "../../../src/core/money.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import {
  parseAccount,
  parseOrder,
  parseTrade,
  parseTransaction,
  serialize,
} from "../../../src/paper/engine/snapshot.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import { advance, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import { isType, onlyEntry, order, secondsIn, syntheticVenue, text } from "./scene.ts";

type Kept = {
  readonly account: object;
  readonly transactions: readonly { readonly type: string }[];
  readonly orders: readonly object[];
  readonly trades: readonly object[];
};

/** Written by the version that had only market orders and their exits. */
const FIXTURE = new URL(
  "../../fixtures/paper/records-without-waiting-orders.json",
  import.meta.url,
);
const KEPT: Kept = JSON.parse(readFileSync(FIXTURE, "utf8"));

describe("a record of before there were waiting orders", () => {
  it("is read as an account with what it had, and nothing guaranteed or condemned", () => {
    const account = parseAccount(JSON.stringify(KEPT.account));
    expect(account.guaranteedFees).toEqual(ZERO);
    expect(account.trades).toHaveLength(2);
    for (const trade of account.trades) {
      expect(trade).toMatchObject({ guaranteedStopLossOrderId: null, delayedClosureId: null });
    }
    expect(account.orders).toMatchObject([
      { type: "take_profit", triggerCondition: "DEFAULT" },
      { type: "trailing_stop", triggerCondition: "DEFAULT" },
    ]);
    expect(account.totals.map((total) => text(total.long.guaranteedFees))).toEqual(["0", "0"]);
  });

  it("goes on trading as if it had been written today", () => {
    const venue = syntheticVenue(1, { region: "NONE" });
    const read = parseAccount(JSON.stringify(KEPT.account));
    const again: VenueAccount = parseAccount(serialize(read));
    expect(again).toEqual(read);
    const later = advance(venue, read, secondsIn(10 * 3600));
    const { own, account } = placeMarketOrder(
      venue,
      later.account,
      order({ units: read.trades[0]?.currentUnits.negated() ?? ZERO, at: secondsIn(10 * 3600) }),
    );
    expect(onlyEntry(own, "ORDER_FILL").tradesClosed).toHaveLength(1);
    expect(account.orders).toEqual([]);
  });

  it("is read as log entries that survive being written again", () => {
    const log = KEPT.transactions.map((kept) => parseTransaction(JSON.stringify(kept)));
    expect(log.map((entry) => parseTransaction(serialize(entry)))).toEqual(log);
    const fills = log.filter((entry) => isType(entry, "ORDER_FILL"));
    expect(fills.map((fill) => fill.fullVwap)).toEqual(fills.map((fill) => fill.price));
    const parts = fills.flatMap((fill) => [...fill.tradesClosed, fill.tradeReduced ?? []].flat());
    expect(parts.map((part) => text(part.guaranteedExecutionFee))).toEqual(["0", "0"]);
    expect(log).toContainEqual(expect.objectContaining({ delayedTradeClose: null }));
    expect(log).toContainEqual(
      expect.objectContaining({ type: "STOP_LOSS_ORDER", triggerCondition: "DEFAULT" }),
    );
    expect(onlyEntry(log, "ORDER_CANCEL_REJECT").clientOrderId).toBeNull();
  });

  it("is read as ended orders and closed trades", () => {
    const orders = KEPT.orders.map((kept) => parseOrder(JSON.stringify(kept)));
    expect(orders.map((ended) => ended.type)).toContain("stop_loss");
    expect(orders.filter(isExit).map((ended) => ended.triggerCondition)).toEqual([
      "DEFAULT",
      "DEFAULT",
    ]);
    const [market] = orders.filter((ended) => ended.type === "market");
    expect(market).toMatchObject({ guaranteedStopLossOnFill: null, delayedTradeClose: null });
    for (const kept of KEPT.trades) {
      expect(parseTrade(JSON.stringify(kept))).toMatchObject({ delayedClosureId: null });
    }
  });
});
