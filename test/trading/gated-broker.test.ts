import { describe, expect, it, onTestFinished } from "vitest";
import { openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { decimal, toUnits } from "../../src/core/money.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Alert } from "../../src/ports/alerts.ts";
import type { Broker } from "../../src/ports/broker.ts";
import type { GatedBroker } from "../../src/ports/wire-gate.ts";
import type { Policy } from "../../src/resilience/http.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { closePosition, findTarget } from "../../src/trading/close-position.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { gateBroker } from "../../src/trading/gated-broker.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import { clearOrder, marketOrder } from "../support/clear-order.ts";
import { openVenue, ordersSent } from "../support/venue.ts";
import { aDesk, aDraft, failureOf, sending } from "./test-desk.ts";

/** What goes wrong between the desk and the wire, for requests that change something. */
type Between = (send: () => ReturnType<Policy>, desk: Desk) => ReturnType<Policy>;
type Defects = {
  /** Inside the HTTP client, where retries and the rate limit are. */
  readonly between?: Between;
  /** Between the road of an order and the gate. */
  readonly above?: (broker: Broker) => Pick<Broker, "place">;
  readonly maxOrdersPerMinute?: number;
};

/** A desk at a real server over HTTP, with a known defect in it. */
async function aScene({ between, above, maxOrdersPerMinute = 30 }: Defects) {
  const venue = await openVenue();
  const { policy } = aDesk();
  const base = aDesk({
    policy: { ...policy, limits: { ...LIMITS, maxOrdersPerMinute } },
    account: { id: venue.account, alias: null, region: "US", currency: "USD" },
  });
  const connection = openOandaConnection({
    profile: { environment: "practice", host: venue.url },
    token: new Secret(venue.token),
    clock: systemClock,
    version: "0.0.0",
    limits: {
      policies: [
        (request, send) =>
          request.method === "GET" || !between ? send(request) : between(() => send(request), desk),
      ],
    },
  });
  onTestFinished(() => connection.close());
  const alerts: Alert[] = [];
  const parts = { ...base.parts, alerts: { raise: (alert: Alert) => alerts.push(alert) } };
  const broker = gateBroker(connection.broker(venue.account), parts);
  const desk: Desk = {
    ...base,
    capabilities: connection.capabilities,
    broker: above ? ({ ...broker, ...above(broker) } as GatedBroker) : broker,
  };
  const order = async (clientOrderId: string) =>
    (await placeOrder(desk, aDraft({ clientOrderId }), sending())).report;
  const halt = () => desk.halts.haltOf(desk.profile.name);
  return {
    desk,
    path: base.path,
    venue,
    alerts,
    order,
    halt,
    sent: () => ordersSent(venue).length,
  };
}

const placed = (place: Broker["place"]): Pick<Broker, "place"> => ({ place });

describe("code above the wire gate that", () => {
  it("sends an order twice: one leaves, its fate is told, and trading is halted (P5)", async () => {
    const scene = await aScene({
      above: (broker) =>
        placed(async (request, options) => {
          await broker.place(request, options);
          return broker.place(request, options);
        }),
    });
    expect(await scene.order("mine-1")).toMatchObject({ status: "filled" });
    expect(scene.sent()).toBe(1);
    expect((await scene.halt())?.reason).toContain("mine-1");
    expect(scene.alerts).toMatchObject([{ kind: "trading_halted", subject: "paper" }]);
    expect(await scene.order("mine-2")).toMatchObject({ error: { code: "TRADING_HALTED" } });
    expect(scene.sent()).toBe(1);
  });

  it("sends again below the road, where retries are: one leaves (P5)", async () => {
    const scene = await aScene({
      between: async (send) => {
        await send();
        return send();
      },
    });
    expect(await scene.order("mine-1")).toMatchObject({ status: "filled" });
    expect([scene.sent(), (await scene.halt()) !== null]).toEqual([1, true]);
  });

  it("sends something else: nothing leaves, and trading is halted (P4 P5)", async () => {
    const scene = await aScene({
      above: (broker) =>
        placed((request, options) =>
          broker.place({ ...request, units: toUnits(decimal("100000")) }, options),
        ),
    });
    const { status, error } = await scene.order("mine-1");
    expect([status, error?.code]).toEqual(["rejected", "TRADING_HALTED"]);
    expect(error?.message).toMatch(/isn't what was journaled\. Nothing was sent\./);
    expect([scene.sent(), (await scene.halt()) !== null]).toEqual([0, true]);
  });

  it("sends what nobody asked for: nothing leaves, and it stands in the audit log (P2 P5)", async () => {
    const { desk, path, sent } = await aScene({});
    const { signal } = new AbortController();
    const stray = clearOrder(marketOrder({ account: desk.account.id }));
    const failure = await failureOf(() => desk.broker.place(stray, { signal }));
    expect(failure).toMatchObject({ code: "TRADING_HALTED", sent: false });
    expect(sent()).toBe(0);
    const { aStore } = await import("../history/sqlite/support.ts");
    const entries = [...aStore(path).audit.entries({})];
    expect(entries.at(-1)).toMatchObject({
      kind: "trading.halted",
      data: { reason: "wire gate", clientOrderId: stray.clientOrderId },
    });
  });

  it("sends after a halt: nothing leaves, while a close still does (P6)", async () => {
    const officer: { halts: boolean } = { halts: false };
    const scene = await aScene({
      between: async (send, { halts, profile, clock }) => {
        if (officer.halts) await halts.halt(profile.name, { since: clock.now(), reason: "news" });
        return send();
      },
    });
    await scene.order("mine-1");
    officer.halts = true;
    const { status, error } = await scene.order("mine-2");
    expect([status, error?.code, scene.sent()]).toEqual(["rejected", "TRADING_HALTED", 1]);
    expect(await scene.desk.journal.unsettled("paper", scene.venue.account)).toEqual([]);
    const target = await findTarget(scene.desk, "EUR_USD");
    const close = await closePosition(scene.desk, target, {
      ...sending(),
      portion: { kind: "all" },
    });
    expect([close.status, scene.sent()]).toEqual(["filled", 2]);
    expect(scene.alerts).toEqual([]);
  });

  it("lets an order wait in a queue: after 5 s it is settled as not sent (P6 NW-07)", async () => {
    const scene = await aScene({
      between: (send, desk) => {
        (desk as ReturnType<typeof aDesk>).clock.advance(5_001);
        return send();
      },
    });
    const { status, error } = await scene.order("mine-1");
    expect([status, error?.code, scene.sent()]).toEqual(["rejected", "TIMEOUT", 0]);
    expect(error?.message).toContain("Nothing was sent.");
    expect(await scene.desk.journal.unsettled("paper", scene.venue.account)).toEqual([]);
    expect(await scene.halt()).toBeNull();
  });

  it("doesn't count: no more leave than a minute may have (P5)", async () => {
    const scene = await aScene({ maxOrdersPerMinute: 2 });
    const { journal, policy } = scene.desk;
    const blind: Desk = {
      ...scene.desk,
      policy: { ...policy, limits: { ...policy.limits, maxOrdersPerMinute: 1_000 } },
    };
    const codes: (string | undefined)[] = [];
    for (const id of ["a", "b", "c", "d"]) {
      const draft = aDraft({ clientOrderId: id });
      codes.push((await placeOrder(blind, draft, sending())).report.error?.code);
    }
    expect(codes).toEqual([undefined, undefined, "RISK_LIMIT", "RISK_LIMIT"]);
    expect(scene.sent()).toBe(2);
    expect(await journal.unsettled("paper", scene.venue.account)).toEqual([]);
  });
});
