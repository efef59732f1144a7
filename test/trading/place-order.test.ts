import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { decimal } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import type { Capabilities } from "../../src/ports/broker.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { bareConnection } from "../history/sqlite/support.ts";
import { anAccount, NOON } from "../support/market.ts";
import { EVERYTHING, lost } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, failureOf, sending, type TestDesk, units } from "./test-desk.ts";

type AuditRow = { readonly kind: string; readonly data: string };

function audit({ path }: TestDesk): readonly AuditRow[] {
  const rows = bareConnection(path).prepare<[], AuditRow>("SELECT kind, data FROM audit");
  return rows.all();
}

async function unsettledCount(desk: TestDesk): Promise<number> {
  return (await desk.journal.recent("paper", "001", 10)).length;
}

describe("a blocked order", () => {
  it("P4 is reported and audited with its checks; nothing is asked, journaled or placed", async () => {
    const desk = aDesk();
    await desk.halts.halt("paper", { since: NOON, reason: "lunch" });
    let isAsked = false;
    const { report } = await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), {
      ...sending(),
      confirm: async () => {
        isAsked = true;
        return true;
      },
    });
    expect(report).toMatchObject({
      status: "rejected",
      orderId: null,
      filledUnits: "0",
      submittedAt: null,
      error: { code: "TRADING_HALTED", brokerCode: null },
    });
    expect(report.error?.message).toContain("Nothing was sent.");
    expect(report.compliance[0]).toMatchObject({ rule: "halt", outcome: "block" });
    expect(isAsked).toBe(false);
    expect(desk.broker.placed).toHaveLength(0);
    expect(await unsettledCount(desk)).toBe(0);
    const [entry] = audit(desk);
    expect(entry?.kind).toBe("order.blocked");
    expect(entry?.data).toContain('"clientOrderId":"mine-1"');
    expect(entry?.data).toContain("halted since");
  });

  it("may be tried again under the same client id", async () => {
    const desk = aDesk();
    await desk.halts.halt("paper", { since: NOON, reason: "lunch" });
    await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending());
    await desk.halts.resume("paper");
    const { report } = await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending());
    expect(report.status).toBe("filled");
  });

  it("P5 the sixty-first order of a minute is blocked, a minute later it isn't", async () => {
    const desk = aDesk();
    for (let count = 0; count < 60; count += 1) await placeOrder(desk, aDraft(), sending());
    const { report } = await placeOrder(desk, aDraft(), sending());
    expect(report.error).toMatchObject({ code: "RISK_LIMIT" });
    expect(desk.broker.placed).toHaveLength(60);
    desk.clock.advance(60_001);
    desk.broker.quote = { ...desk.broker.quote, time: desk.clock.now() };
    expect((await placeOrder(desk, aDraft(), sending())).report.status).toBe("filled");
  });
});

describe("a dry run", () => {
  it("runs every check, is audited as dry, and sends and stores nothing", async () => {
    const desk = aDesk();
    const { report, preview } = await placeOrder(
      desk,
      aDraft({ stopLoss: exit("20p"), clientOrderId: "mine-1" }),
      { ...sending(), isDryRun: true },
    );
    expect(report).toMatchObject({
      status: "dry_run",
      filledUnits: "0",
      expectedPrice: "1.08510",
      stopLoss: { price: "1.08310", distancePips: "20" },
      submittedAt: null,
      error: null,
    });
    expect(report.compliance.length).toBeGreaterThan(9);
    expect(preview.verdict.blocks).toEqual([]);
    expect(desk.broker.placed).toHaveLength(0);
    expect(await unsettledCount(desk)).toBe(0);
    expect(audit(desk).map((entry) => entry.kind)).toEqual(["order.dry-run"]);
  });

  it("that is blocked says so", async () => {
    const desk = aDesk();
    const { report } = await placeOrder(desk, aDraft({ size: units("100001") }), {
      ...sending(),
      isDryRun: true,
    });
    expect(report).toMatchObject({ status: "rejected", error: { code: "RISK_LIMIT" } });
    expect(audit(desk).map((entry) => entry.kind)).toEqual(["order.dry-run.blocked"]);
  });
});

describe("the question", () => {
  it("is asked about what will be sent, before anything is written", async () => {
    const desk = aDesk();
    const refusal = new Failure("CONFIRMATION_REQUIRED", "Not confirmed. Nothing was sent.");
    const work = placeOrder(desk, aDraft({ stopLoss: exit("20p") }), {
      ...sending(),
      confirm: async ({ built, view, verdict }) => {
        expect(built.order.units.toString()).toBe("1000");
        expect(view.quote).toBe(desk.broker.quote);
        expect(verdict.cleared).not.toBeNull();
        throw refusal;
      },
    });
    await expect(work).rejects.toBe(refusal);
    expect(desk.broker.placed).toHaveLength(0);
    expect(await unsettledCount(desk)).toBe(0);
    expect(audit(desk)).toEqual([]);
  });

  it("P6 a halt while it stands unanswered stops the order", async () => {
    const desk = aDesk();
    const { report } = await placeOrder(desk, aDraft(), {
      ...sending(),
      confirm: async () => {
        await desk.halts.halt(null, { since: NOON, reason: "stop everything" });
        return true;
      },
    });
    expect(report.error).toMatchObject({ code: "TRADING_HALTED" });
    expect(desk.broker.placed).toHaveLength(0);
    expect(audit(desk).map((entry) => entry.kind)).toEqual(["order.blocked"]);
  });

  it.each([
    [60_000, "filled"],
    [60_001, "rejected"],
  ])("answered %i ms after the price, with 60 s allowed: %s", async (ms, status) => {
    const desk = aDesk();
    const { report } = await placeOrder(desk, aDraft(), {
      ...sending(),
      confirm: async () => {
        desk.clock.advance(ms);
        return true;
      },
    });
    expect(report.status).toBe(status);
    expect(desk.broker.placed).toHaveLength(status === "filled" ? 1 : 0);
  });
});

describe("the price's age", () => {
  it.each([
    [300_000, 60_000, "filled"],
    [-300_000, 60_000, "filled"],
    [300_000, 60_001, "rejected"],
    [-300_000, 60_001, "rejected"],
  ])(
    "TM-01 P11 with our clock %i ms off and the price %i ms old at the venue: %s",
    async (...row) => {
      const [offMs, ageMs, status] = row;
      const desk = aDesk();
      desk.clock.jump(offMs);
      desk.broker.time = addMs(NOON, ageMs);
      const { report } = await placeOrder(desk, aDraft(), sending());
      expect(report.status).toBe(status);
    },
  );
});

describe("an order that can't be", () => {
  it.each([
    [aDraft({ instrument: "EUR_XXX" }), "INSTRUMENT_NOT_FOUND"],
    [aDraft({ size: units("0.5") }), "INVALID_UNITS"],
    [aDraft({ size: units("100000001") }), "INVALID_UNITS"],
    [aDraft({ stopLoss: exit("1.09") }), "INVALID_PRICE"],
    [aDraft({ size: { kind: "risk_percent", percent: decimal("1") } }), "USAGE"],
    [aDraft({ instrument: "USD_JPY" }), "MARKET_CLOSED"],
  ])("CI-04 CI-06 is refused before anything is sent: %#", async (draft, code) => {
    const desk = aDesk();
    const failure = await failureOf(() => placeOrder(desk, draft, sending()));
    expect(failure).toMatchObject({ code, sent: false });
    expect(failure.message).toContain("Nothing was sent.");
    expect(desk.broker.placed).toHaveLength(0);
    expect(audit(desk)).toEqual([]);
  });

  it("too large a risk is refused like too large a size", async () => {
    const size = { kind: "risk_amount", amount: decimal("1000000000") } as const;
    const draft = aDraft({ size, stopLoss: exit("20p") });
    const failure = await failureOf(() => placeOrder(aDesk(), draft, sending()));
    expect(failure).toMatchObject({ code: "INVALID_UNITS", hint: "Order at most 100000000." });
  });

  const without: readonly [string, Partial<Capabilities>, Parameters<typeof aDraft>[0]][] = [
    ["market orders", { orderTypes: ["limit"] }, {}],
    ["a stop loss", { attachedExits: ["take_profit"] }, { stopLoss: exit("20p") }],
    ["a take profit", { attachedExits: ["stop_loss"] }, { takeProfit: exit("20p") }],
    ["a trailing stop", { attachedExits: [] }, { trailingStop: exit("20p") }],
    ["a worst price", { priceBound: false }, { maxSlippage: exit("2p") }],
    ["reduce-only orders", { reduceOnly: false }, { reduceOnly: true }],
  ];
  it.each(without)("%s where the broker has none is refused, never left out", async (...row) => {
    const [part, missing, draft] = row;
    const desk = aDesk({ capabilities: { ...EVERYTHING, ...missing } });
    const failure = await failureOf(() => placeOrder(desk, aDraft(draft), sending()));
    expect(failure).toMatchObject({ code: "UNSUPPORTED", sent: false });
    expect(failure.message).toContain(part);
    expect(failure.message).toContain("Nothing was sent.");
    expect(desk.broker.placed).toHaveLength(0);
  });
});

describe("an order by risk", () => {
  it("is sized so that its stop loses the risk", async () => {
    const desk = aDesk();
    const draft = aDraft({
      size: { kind: "risk_percent", percent: decimal("1") },
      stopLoss: exit("20p"),
    });
    const { report, preview } = await placeOrder(desk, draft, sending());
    expect(report).toMatchObject({ status: "filled", units: "50000" });
    expect(preview.built.sizing?.explanation).toContain("= 50000 units");
  });
});

describe("what is sent", () => {
  it("carries who asked for it, and so does the audit trail", async () => {
    const desk = aDesk();
    const origin = { signalId: "sig-1", agent: "momentum", comment: "why not" };
    const { report } = await placeOrder(desk, aDraft({ origin }), sending());
    expect(desk.broker.placed[0]?.origin).toEqual(origin);
    expect(report).toMatchObject({ signalId: "sig-1", agent: "momentum" });
    for (const { data } of audit(desk)) {
      expect(JSON.parse(data)).toMatchObject({
        signalId: "sig-1",
        agent: "momentum",
        connection: "paper",
        account: "001",
        environment: "paper",
        actor: { user: "trader", version: "0.0.0" },
      });
    }
  });

  it("P1 two orders at once are two orders, each sent once", async () => {
    const desk = aDesk();
    const drafts = ["a", "b", "a"].map((clientOrderId) => aDraft({ clientOrderId }));
    const results = await Promise.all(drafts.map((draft) => placeOrder(desk, draft, sending())));
    const statuses = results.map(({ report }) => report.status);
    expect(statuses.toSorted()).toEqual(["filled", "filled", "rejected"]);
    const placed = desk.broker.placed.map((order) => order.clientOrderId);
    expect(placed).toHaveLength(2);
    expect(new Set(placed)).toEqual(new Set(["a", "b"]));
  });

  it("P1 an order with no answer is placed once, however often it is asked for", async () => {
    const desk = aDesk({ capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } });
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending());
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await failureOf(() => placeOrder(desk, aDraft({ clientOrderId: "mine-1" }), sending()));
    }
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("a day's loss that is reached halts the connection until it is resumed", async () => {
    const desk = aDesk();
    await placeOrder(desk, aDraft(), sending());
    desk.broker.account = anAccount({ equity: decimal("5000") });
    const { report } = await placeOrder(desk, aDraft(), sending());
    expect(report.error?.code).toBe("TRADING_HALTED");
    desk.broker.account = anAccount();
    const later = await placeOrder(desk, aDraft(), sending());
    expect(later.report.error?.code).toBe("TRADING_HALTED");
    await desk.halts.resume("paper");
    await desk.dayBook.restart("paper");
    expect((await placeOrder(desk, aDraft(), sending())).report.status).toBe("filled");
  });

  it("a dry run that would reach the day's loss halts nothing", async () => {
    const desk = aDesk();
    await placeOrder(desk, aDraft(), sending());
    desk.broker.account = anAccount({ equity: decimal("5000") });
    const { report } = await placeOrder(desk, aDraft(), { ...sending(), isDryRun: true });
    expect(report.error?.code).toBe("TRADING_HALTED");
    expect(await desk.halts.haltOf("paper")).toBeNull();
  });

  it("a halt for the day's loss stands in the audit trail", async () => {
    const desk = aDesk();
    await placeOrder(desk, aDraft(), sending());
    desk.broker.account = anAccount({ equity: decimal("5000") });
    await placeOrder(desk, aDraft(), sending());
    expect(audit(desk).map(({ kind }) => kind)).toContain("trading.halted");
  });
});
