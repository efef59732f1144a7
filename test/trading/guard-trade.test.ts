import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { StopPolicy } from "../../src/ports/naked-trades.ts";
import type { AskAboutStop } from "../../src/trading/guard-trade.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { aTrade } from "../support/market.ts";
import { aFill, rejected, ScriptedBroker } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));
const REFUSED = { brokerCode: "STOP_TOO_CLOSE", message: "The broker said: too close." };

/** A broker that fills an entry at 1.08520, as trade 102, and makes nothing of the stop that came with it. */
function naked(onStopRefused: StopPolicy): TestDesk {
  const broker = new ScriptedBroker();
  const desk = aDesk({ broker, policy: { ...aDesk().policy, onStopRefused } });
  broker.script.place = async (order) => {
    if (order.kind !== "market") return broker.answerTo(order);
    const openPrice = price("1.08520");
    broker.trades = [aTrade({ id: "102", openPrice })];
    const fills = [aFill({ units: order.units, price: openPrice })];
    const done = { status: "filled", orderId: "101", fills, closedTradeIds: [] } as const;
    return { ...done, openedTradeId: "102", refusedStop: REFUSED };
  };
  return desk;
}

async function buy(desk: TestDesk, onStopRefused?: AskAboutStop) {
  const asking = onStopRefused ? { onStopRefused } : {};
  const draft = aDraft({ stopLoss: exit("20p") });
  return (await placeOrder(desk, draft, { ...sending(), ...asking })).report;
}

const kindsOf = ({ broker }: TestDesk) => broker.placed.map(({ kind }) => kind);

describe("an entry that was filled and whose stop the broker refused", () => {
  it("(BR-05) is a failure that names the open trade where nobody can be asked", async () => {
    const desk = naked("ask");
    const report = await buy(desk);
    expect(report).toMatchObject({
      status: "filled",
      tradeIds: ["102"],
      stopLoss: null,
      error: { code: "ORDER_REJECTED", brokerCode: "STOP_TOO_CLOSE" },
      stopRefused: { tradeId: "102", result: "open_without_stop" },
    });
    expect(report.error?.message).toContain("trade 102 of EUR_USD is OPEN WITHOUT A STOP");
    expect(report.error?.hint).toContain("positions close 102");
    expect(kindsOf(desk)).toEqual(["market"]);
  });

  it("(BR-05) gets its stop at the second try, as far from the fill as was asked for", async () => {
    const desk = naked("attach");
    const report = await buy(desk);
    expect(report).toMatchObject({ status: "filled", error: null });
    expect(report).toMatchObject({
      stopLoss: { price: "1.08320", distancePips: "20" },
      stopRefused: { result: "stop_attached" },
    });
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
    const [sent] = JSON.parse(JSON.stringify(desk.broker.placed.slice(1)));
    expect(sent).toMatchObject({ tradeId: "102", stopLoss: { set: { price: "1.0832" } } });
  });

  it("(BR-05) is said to be open still where the second try is refused too", async () => {
    const desk = naked("attach");
    const { place } = desk.broker.script;
    desk.broker.script.place = async (order) =>
      order.kind === "exits" ? rejected("ORDER_REJECTED", "STILL_TOO_CLOSE") : place(order);
    const report = await buy(desk);
    expect(report.stopRefused).toMatchObject({ result: "open_without_stop" });
    expect(report.error?.message).toContain("OPEN WITHOUT A STOP");
    expect(report.error?.message).toContain("STILL_TOO_CLOSE");
  });

  it("(BR-05) is said to be open still where the market has passed the stop meanwhile", async () => {
    const desk = naked("attach");
    const { place } = desk.broker.script;
    desk.broker.script.place = async (order) => {
      const outcome = await place(order);
      desk.broker.quote = { ...desk.broker.quote, bid: price("1.08300"), ask: price("1.08310") };
      return outcome;
    };
    const report = await buy(desk);
    expect(report.error?.message).toContain("must be below the market, which is at 1.08300");
    expect(kindsOf(desk)).toEqual(["market"]);
  });

  it("(BR-05) is closed again, by the road of every order", async () => {
    const desk = naked("close");
    const report = await buy(desk);
    expect(report).toMatchObject({ status: "filled", stopRefused: { result: "closed" } });
    expect(report.error?.message).toContain("trade 102 was closed again at 1.08500");
    expect(desk.broker.placed[1]).toMatchObject({ kind: "close", tradeId: "102", isWhole: true });
    const intents = await desk.journal.recent("paper", "001", 5);
    expect(intents.map(({ request, state }) => [request.kind, state])).toEqual([
      ["close", "settled"],
      ["market", "settled"],
    ]);
  });

  it("(BR-05) is not closed where it turns out to have a stop: that one is made sure of", async () => {
    const desk = naked("close");
    const { place } = desk.broker.script;
    desk.broker.script.place = async (order) => {
      const outcome = await place(order);
      if (order.kind === "market") {
        const [trade = aTrade()] = desk.broker.trades;
        desk.broker.trades = [{ ...trade, stopLoss: price("1.08320") }];
      }
      return outcome;
    };
    const report = await buy(desk);
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
    expect(report).toMatchObject({ error: null, stopRefused: { result: "stop_attached" } });
  });

  it("(BR-05) is closed, guarded or left as the user says who is asked", async () => {
    for (const [answer, kinds] of [
      ["close", ["market", "close"]],
      ["attach", ["market", "exits"]],
      ["leave", ["market"]],
    ] as const) {
      const desk = naked("ask");
      await buy(desk, async () => answer);
      expect(kindsOf(desk)).toEqual(kinds);
    }
  });
});
