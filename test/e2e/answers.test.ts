import { beforeEach, describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { clockAhead, fillsByClientId, newUser, PATIENCE, type User } from "../support/program.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "a passphrase", TMT_BROKER_TOKEN: TOKEN };
const ORDER = "order buy EUR_USD 100 -c oanda --json";
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;

let user: User;
let venue: Venue;
let gateway: Gateway;

beforeEach(async () => {
  user = newUser(SECRETS);
  venue = await openVenue({ token: TOKEN });
  gateway = await openGateway(venue.url);
  await connectOanda(user, { url: gateway.url, token: TOKEN });
});

async function fillsOf(id: string): Promise<number> {
  return fillsByClientId(await venue.log()).get(id) ?? 0;
}

describe("an order's 201 over HTTP", () => {
  const isOrder = (request: string) => request.startsWith("POST ");

  it("HT-02 with neither fill nor cancellation is looked up in the log, and told as it was", async () => {
    gateway.rewrite = (request, { orderFillTransaction, ...rest }) =>
      isOrder(request) && orderFillTransaction ? rest : undefined;
    const placed = await user.run(`${ORDER} --client-id bare-1`);
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled", filledUnits: "100" });
    expect(await fillsOf("bare-1")).toBe(1);
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("HT-02 without anything but ids is looked up as well", async () => {
    gateway.rewrite = (request, { lastTransactionID }) =>
      isOrder(request) ? { lastTransactionID } : undefined;
    const placed = await user.run(`${ORDER} --client-id bare-2`);
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled" });
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("HT-02 that created the order and cancelled it at once is a no, with exit 5", async () => {
    // The price that the order is decided on is gone when it arrives.
    gateway.rewrite = (request, document) =>
      request.includes("/pricing?") ? cheaper(document) : undefined;
    const placed = await user.run(`${ORDER} --max-slippage 0.5p --client-id gone-1`);
    expect(placed.code, placed.stderr).toBe(5);
    expect(placed.json<OrderReport>()).toMatchObject({
      status: "cancelled",
      filledUnits: "0",
      error: { brokerCode: "BOUNDS_VIOLATION" },
    });
    expect(placed.error().message).toContain("Nothing was filled");
    const log = await venue.log();
    expect(log.map(({ type }) => type).slice(-2)).toEqual(["MARKET_ORDER", "ORDER_CANCEL"]);
    expect(await fillsOf("gone-1")).toBe(0);
    expect((await user.run("order reconcile -c oanda --json")).json()).toMatchObject({ open: [] });
  });
});

type Price = { readonly asks: readonly { readonly price: string }[]; closeoutAsk: string };

function cheaper(document: Readonly<Record<string, unknown>>) {
  const less = (price: string) => decimal(price).minus(decimal("0.0005")).toString();
  const prices = (document.prices as readonly Price[]).map((price) => ({
    ...price,
    asks: price.asks.map((ask) => ({ ...ask, price: less(ask.price) })),
    bids: price.asks.map((ask) => ({ ...ask, price: less(less(ask.price)) })),
  }));
  return { ...document, prices };
}

describe("a log that is behind what the broker has done", () => {
  /** The log stands still at its entry `last`, whatever happens at the broker. */
  function freeze(last: string): void {
    const isOld = ({ id }: { readonly id: string }) => BigInt(id) <= BigInt(last);
    gateway.rewrite = (request, document) =>
      request.includes("/transactions/sinceid")
        ? {
            transactions: (document.transactions as { id: string }[]).filter(isOld),
            lastTransactionID: last,
          }
        : undefined;
  }

  async function newest(): Promise<string> {
    return (await venue.log()).at(-1)?.id ?? "1";
  }

  async function expectSettledOnce(id: string): Promise<void> {
    gateway.rewrite = () => undefined;
    const settled = await user.run("order reconcile -c oanda --json");
    expect(settled.json()).toMatchObject({
      settled: [{ clientOrderId: id, status: "filled", filledUnits: "100" }],
      open: [],
    });
    expect(await fillsOf(id)).toBe(1);
    expect((await user.run(ORDER)).code).toBe(0);
  }

  it("NW-09 proves nothing: the order stays unknown, also when nothing of it can arrive any more", async () => {
    freeze(await newest());
    venue.faultNext("lost-response", { method: "POST", path: /\/orders$/ });
    const placed = await user.run(`${ORDER} --client-id lag-1`);
    expect(placed.code, placed.stderr).toBe(7);
    expect(placed.json()).toMatchObject({ status: "unknown" });
    expect(placed.error().message).toContain("It may be live");
    expect(placed.error().hint).toContain("tmt-broker order reconcile -c oanda");
    const later = await user.run(ORDER, { env: clockAhead(user, ARRIVAL_MS) });
    expect([later.code, later.error().code]).toEqual([7, "OUTCOME_UNKNOWN"]);
    expect(later.error().message).toContain("The new order was not sent");
    expect(ordersSent(venue)).toHaveLength(1);
    await expectSettledOnce("lag-1");
  });

  it("NW-09 that shows an order and not yet its fill isn't taken for an order that waits", async () => {
    freeze(String(BigInt(await newest()) + 1n));
    venue.faultNext("lost-response", { method: "POST", path: /\/orders$/ });
    const placed = await user.run(`${ORDER} --client-id lag-2`);
    expect(placed.code, placed.stderr).toBe(7);
    expect(placed.json()).toMatchObject({ status: "unknown" });
    await expectSettledOnce("lag-2");
  });
});

describe("a broker that is gone in the middle of positions close --all", () => {
  const CLOSE = "positions close --all -c oanda --json";

  beforeEach(async () => {
    for (const instrument of ["EUR_USD", "GBP_USD", "USD_JPY"]) {
      expect((await user.run(`order buy ${instrument} 100 -c oanda`)).code).toBe(0);
    }
  });

  it("NW-10 from the start: nothing is claimed to be closed, and what to do next is said", async () => {
    gateway.mode = "cut";
    const closed = await user.run(CLOSE);
    expect([closed.code, closed.stdout]).toEqual([6, ""]);
    expect(closed.error()).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true });
    expect(closed.error().hint).toBeTruthy();
    const person = await user.run("positions close --all -c oanda");
    expect([person.code, person.stdout]).toEqual([6, ""]);
    expect(person.stderr).not.toMatch(/There is no open position|Closed/);
  });

  it("NW-10 after the second close left: each position is told as it is, and the next run closes the rest", async () => {
    let closes = 0;
    gateway.afterPassing = (request) => {
      if (!request.startsWith("PUT ")) return;
      closes += 1;
      if (closes === 2) gateway.mode = "cut";
    };
    // The second one is carried out, and nobody hears of it.
    venue.faultNext("lost-response", { method: "PUT", path: /GBP_USD\/close$/ });
    const closed = await user.run(CLOSE);
    const reports = closed.json<readonly OrderReport[]>();
    const statusOf = new Map(reports.map(({ instrument, status }) => [instrument, status]));
    expect([statusOf.get("EUR_USD"), statusOf.get("GBP_USD")]).toEqual(["filled", "unknown"]);
    // The third one may have been under way as well, or never left.
    expect(["unknown", undefined]).toContain(statusOf.get("USD_JPY"));
    expect(closed.code).toBe(7);
    const errors = closed.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).error);
    expect(errors.map(({ code }) => code)).toContain("OUTCOME_UNKNOWN");
    expect(errors.every(({ hint }) => typeof hint === "string")).toBe(true);
    expect(closed.stderr).toContain("order reconcile");

    // The look-ups have opened the breaker: it is said when it can be tried.
    const paused = await user.run(CLOSE);
    expect([paused.code, paused.stdout]).toEqual([6, ""]);
    expect(paused.stderr).toMatch(/tried again in \d+ s, at \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/);
    gateway.mode = "pass";
    await user.run("connect reset oanda");
    const again = await user.run(CLOSE);
    expect(again.code, again.stderr).toBe(0);
    expect(again.json<readonly OrderReport[]>().map(({ instrument }) => instrument)).toEqual([
      "USD_JPY",
    ]);
    expect((await user.run("positions -c oanda --json")).json()).toEqual([]);
    const fills = [...fillsByClientId(await venue.log()).values()];
    expect(fills.every((count) => count === 1)).toBe(true);
    expect((await user.run("order reconcile -c oanda --json")).json()).toMatchObject({ open: [] });
  });
});
