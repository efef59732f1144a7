import { expect } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import type { OrderRequest } from "../../src/core/order-request.ts";
import { expectNotDone, expectSame, required, units } from "./answers.ts";
import { type Case, can, exitOrder, fault, given, type Need, takes } from "./case.ts";
import { market, points } from "./market.ts";
import {
  cancelRequest,
  changeRequest,
  closeRequest,
  entryRequest,
  exitsRequest,
  marketRequest,
} from "./requests.ts";
import {
  newest,
  open,
  place,
  placeUntilRefused,
  send,
  sendAsking,
  sendStopped,
  wait,
} from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

type Status = "filled" | "pending" | "done";

/** One kind of request: what it needs, and how an account comes to the point where it is sent. */
type Kind = {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly status: Status;
  readonly prepare: (subject: BrokerUnderTest) => Promise<OrderRequest>;
};

const CHANGES = can("orderChanges");

const KINDS: readonly Kind[] = [
  {
    name: "a market order",
    needs: [],
    status: "filled",
    prepare: async (subject) => marketRequest(subject, { units: units("1200") }),
  },
  {
    name: "an order that waits",
    needs: [takes("limit")],
    status: "pending",
    prepare: (subject) => entryRequest(subject),
  },
  {
    name: "an entry that fills at once",
    needs: [takes("limit")],
    status: "filled",
    prepare: async (subject) => {
      const now = await market(subject);
      return entryRequest(subject, { price: points(now.ask, 100, now) });
    },
  },
  {
    name: "a changed order",
    needs: [takes("limit"), CHANGES],
    status: "pending",
    prepare: async (subject) => {
      const order = await wait(subject);
      const price = points(required(order.price), -50, await market(subject));
      return changeRequest(subject, order, { price });
    },
  },
  {
    name: "a cancellation",
    needs: [takes("limit")],
    status: "done",
    prepare: async (subject) => cancelRequest(subject, await wait(subject)),
  },
  {
    name: "a new stop-loss of an open trade",
    needs: [exitOrder("stop_loss")],
    status: "done",
    prepare: async (subject) => {
      const now = await market(subject);
      const stopLoss = { set: { kind: "price", price: points(now.bid, -500, now) } } as const;
      return exitsRequest(subject, await open(subject), { stopLoss });
    },
  },
  {
    name: "a stop-loss that is moved",
    needs: [exitOrder("stop_loss")],
    status: "done",
    prepare: async (subject) => {
      const now = await market(subject);
      const priceAt = (count: number) =>
        ({ kind: "price", price: points(now.bid, count, now) }) as const;
      const trade = await open(subject, { stopLoss: priceAt(-500) });
      return exitsRequest(subject, trade, { stopLoss: { set: priceAt(-400) } });
    },
  },
  {
    name: "exits that are removed",
    needs: [exitOrder("stop_loss"), exitOrder("take_profit")],
    status: "done",
    prepare: async (subject) => {
      const now = await market(subject);
      const stopLoss = { kind: "price", price: points(now.bid, -500, now) } as const;
      const trade = await open(subject, { stopLoss, takeProfit: points(now.bid, 500, now) });
      return exitsRequest(subject, trade, { stopLoss: "remove", takeProfit: "remove" });
    },
  },
  closing("a part of a trade", { isByTrade: true, isWhole: false }),
  closing("a whole trade", { isByTrade: true, isWhole: true }),
  closing("a part of a position", { isByTrade: false, isWhole: false }),
  closing("a whole position", { isByTrade: false, isWhole: true }),
];

function closing(
  what: string,
  { isByTrade, isWhole }: { readonly isByTrade: boolean; readonly isWhole: boolean },
): Kind {
  return {
    name: `the close of ${what}`,
    needs: [],
    status: "filled",
    prepare: async (subject) => {
      const { id } = await open(subject, { units: units("1000") });
      const size = units(isWhole ? "1000" : "300");
      return closeRequest(subject, { tradeId: isByTrade ? id : null, units: size, isWhole });
    },
  };
}

const PROVEN = can("transactionLog");

/** What became of a request, by the broker's log. */
export const proofCases: readonly Case[] = [
  ...KINDS.map(({ name, needs, status, prepare }) =>
    given(
      [PROVEN, ...needs],
      `proves ${name} with the outcome that place gave`,
      async (subject) => {
        const request = await prepare(subject);
        const since = await newest(subject);
        const outcome = await send(subject, request);
        expect(outcome.status).toBe(status);
        expectSame(await subject.broker.outcomeOf(request, since), outcome);
      },
    ),
  ),
  ...KINDS.map(({ name, needs, prepare }) =>
    given([PROVEN, ...needs], `proves that ${name} never arrived`, async (subject) => {
      const lost = await prepare(subject);
      const since = await newest(subject);
      expect(await subject.broker.outcomeOf(lost, since)).toBeNull();
      // What others do meanwhile isn't taken for it.
      await place(subject, { units: units("1700") });
      expect(await subject.broker.outcomeOf(lost, since)).toBeNull();
    }),
  ),
  given([PROVEN], "looks only at what came after the id given", async (subject) => {
    const request = marketRequest(subject);
    await send(subject, request);
    expect(await subject.broker.outcomeOf(request, await newest(subject))).toBeNull();
  }),
  given([PROVEN], "proves a refusal with the outcome that place gave", async (subject) => {
    const { request, outcome, since } = await placeUntilRefused(subject);
    expectSame(await subject.broker.outcomeOf(request, since), outcome);
  }),
  given([PROVEN, takes("limit"), CHANGES], "proves that a change was refused", async (subject) => {
    const order = { ...(await wait(subject)), orderId: "999999" };
    const request = changeRequest(subject, order, {});
    const since = await newest(subject);
    await expectNotDone(send(subject, request));
    const proof = await subject.broker.outcomeOf(request, since);
    expect(proof === null || "rejection" in proof, JSON.stringify(proof)).toBe(true);
  }),
  given(
    [PROVEN, takes("limit")],
    "tells apart two waiting orders of the same terms",
    async (subject) => {
      const since = await newest(subject);
      const first = await entryRequest(subject);
      const second = { ...first, clientOrderId: `${first.clientOrderId}-2` };
      const outcomes = [await send(subject, first), await send(subject, second)];
      expectSame(await subject.broker.outcomeOf(first, since), outcomes[0]);
      expectSame(await subject.broker.outcomeOf(second, since), outcomes[1]);
    },
  ),
];

/** Two of a kind: what became of one isn't what became of the other, which was never sent. */
export const twinCases: readonly Case[] = [
  given(
    [PROVEN, takes("limit")],
    "doesn't take another order's end for its own",
    async (subject) => {
      const since = await newest(subject);
      const request = await entryRequest(subject);
      const outcome = await send(subject, request);
      await send(subject, cancelRequest(subject, await wait(subject)));
      expectSame(await subject.broker.outcomeOf(request, since), outcome);
    },
  ),
  given(
    [PROVEN, takes("limit"), CHANGES],
    "doesn't take another order's change for its own",
    async (subject) => {
      const [first, second] = [await wait(subject), await wait(subject)];
      const since = await newest(subject);
      const size = { units: units("2100") };
      await send(subject, changeRequest(subject, second, size));
      expect(await subject.broker.outcomeOf(changeRequest(subject, first, size), since)).toBeNull();
    },
  ),
  given(
    [PROVEN, takes("limit")],
    "doesn't take another order's cancellation for its own",
    async (subject) => {
      const [first, second] = [await wait(subject), await wait(subject)];
      const since = await newest(subject);
      await send(subject, cancelRequest(subject, second));
      expect(await subject.broker.outcomeOf(cancelRequest(subject, first), since)).toBeNull();
    },
  ),
  given(
    [PROVEN, exitOrder("stop_loss")],
    "doesn't take another trade's stop for its own",
    async (subject) => {
      const trades = [await open(subject), await open(subject, { units: units("1100") })] as const;
      const now = await market(subject);
      const stopLoss = { set: { kind: "price", price: points(now.bid, -500, now) } } as const;
      const [first, second] = trades.map((trade) => exitsRequest(subject, trade, { stopLoss }));
      const since = await newest(subject);
      await send(subject, required(second));
      expect(await subject.broker.outcomeOf(required(first), since)).toBeNull();
    },
  ),
  given([PROVEN], "doesn't take another trade's close for its own", async (subject) => {
    const trades = [await open(subject), await open(subject, { units: units("1100") })] as const;
    const [first, second] = trades.map(({ id: tradeId }) =>
      closeRequest(subject, { tradeId, units: units("300") }),
    );
    const since = await newest(subject);
    await send(subject, required(second));
    expect(await subject.broker.outcomeOf(required(first), since)).toBeNull();
  }),
];

/** HT-07, NW-03: a request whose answer, or which itself, is lost on the way. */
export const lossCases: readonly Case[] = [
  ...KINDS.map(({ name, needs, status, prepare }) =>
    given(
      [fault("loseAnswer"), PROVEN, ...needs],
      `NW-03 proves ${name} whose answer was lost`,
      async (subject) => {
        const request = await prepare(subject);
        const since = await newest(subject);
        subject.venue?.faults.loseAnswer?.();
        await expect(send(subject, request)).rejects.toMatchObject({ name: "Failure", sent: true });
        const proof = required(await subject.broker.outcomeOf(request, since));
        expect(proof.status).toBe(status);
        const log = await subject.broker.transactionsSince(since);
        const last = log.at(-1)?.id;
        expect(await newest(subject), "nothing was sent a second time").toBe(last);
      },
    ),
  ),
  ...KINDS.map(({ name, needs, prepare }) =>
    given(
      [fault("loseRequest"), PROVEN, ...needs],
      `HT-07 proves that ${name} was lost on its way`,
      async (subject) => {
        const request = await prepare(subject);
        const since = await newest(subject);
        subject.venue?.faults.loseRequest?.();
        await expect(send(subject, request)).rejects.toMatchObject({ name: "Failure", sent: true });
        expect(await subject.broker.outcomeOf(request, since)).toBeNull();
        expect(await newest(subject)).toBe(since);
      },
    ),
  ),
];

export const stopCases: readonly Case[] = [
  ...KINDS.map(({ name, needs, prepare }) =>
    given(needs, `sends nothing of ${name} when it was told to stop before`, async (subject) => {
      const request = await prepare(subject);
      const since = await newest(subject);
      const stopped = sendStopped(subject, request);
      await expect(stopped).rejects.toMatchObject({ name: "Failure", sent: false });
      expect(await newest(subject)).toBe(since);
    }),
  ),
  ...KINDS.map(({ name, needs, prepare }) =>
    given(needs, `asks once before ${name} leaves, and keeps it back on a no`, async (subject) => {
      const request = await prepare(subject);
      const since = await newest(subject);
      const no = new Failure("TRADING_HALTED", "No.");
      const refused = sendAsking(subject, request, () => {
        throw no;
      });
      await expect(refused).rejects.toBe(no);
      expect(await newest(subject)).toBe(since);
      let asked = 0;
      await sendAsking(subject, request, () => {
        asked += 1;
      });
      expect(asked).toBe(1);
    }),
  ),
];
