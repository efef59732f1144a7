import { expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { followNews } from "../../src/trading/follow-news.ts";
import { aStore } from "../history/sqlite/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anEntry } from "../support/log-entries.ts";
import { anAccount } from "../support/market.ts";
import { aDesk } from "./test-desk.ts";

const KEY = { connection: "paper", account: "001" };

async function aFollower(answers: (readonly Transaction[] | Failure)[]) {
  const desk = aDesk();
  const marks = aStore(desk.path).noticeMarks;
  await marks.begin(KEY, "100");
  const told: string[] = [];
  const failures: string[] = [];
  let arrived: () => void = () => undefined;
  const isTold = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const follower = followNews({
    marks,
    clock: new FakeClock(),
    tell: async ({ notices }) => {
      told.push(...notices.map(({ transactionId }) => transactionId));
      arrived();
      return true;
    },
    onFailure: ({ code }) => failures.push(code),
  });
  const broker = {
    order: async () => null,
    transactionsSince: async () => {
      const answer = answers.shift() ?? [];
      if (answer instanceof Failure) throw answer;
      return answer;
    },
  };
  const see = (lastTransactionId: string) => {
    const state = { account: anAccount({ lastTransactionId }), trades: [], pendingOrders: [] };
    follower.see({ ...desk, broker }, state);
  };
  return { follower, see, told, failures, isTold, marks };
}

it("what can't be read, or isn't in the log yet, is looked at again until it is told, once", async () => {
  const away = new Failure("BROKER_UNAVAILABLE", "away", { retryable: true });
  const { follower, see, told, failures, isTold, marks } = await aFollower([
    away,
    [],
    [anEntry("stop_loss")],
  ]);
  see("101");
  see("101");
  await isTold;
  await follower.close();
  expect([told, failures]).toEqual([["101"], ["BROKER_UNAVAILABLE"]]);
  expect(await marks.read(KEY)).toBe("101");
  see("105");
  await follower.close();
  expect(told).toEqual(["101"]);
});

it("of states that come while it tells the newest is looked at next", async () => {
  const first = anEntry("stop_loss");
  const second = anEntry("take_profit", { id: "103" });
  const { follower, see, told, isTold, marks } = await aFollower([[first], [second]]);
  see("101");
  see("102");
  see("103");
  await isTold;
  while ((await marks.read(KEY)) !== "103") await new Promise((resolve) => setImmediate(resolve));
  await follower.close();
  expect(told).toEqual(["101", "103"]);
});
