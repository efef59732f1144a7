import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { OrderReport } from "../../src/trading/order-report.ts";
import {
  clockAhead,
  fillsByClientId,
  newUser,
  PATIENCE,
  type Practice,
  startPractice,
  type User,
} from "../support/program.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const RECORDING = "../shared/data/oanda-ticks-2014-05-08.csv.gz";
const PASSPHRASE = { TMT_BROKER_PASSPHRASE: "correct horse battery" };
const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every command. */
const SECRETS = { ...PASSPHRASE, TMT_BROKER_TOKEN: TOKEN };
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;

type Entry = {
  readonly kind: string;
  readonly data: { readonly clientOrderId?: string; readonly fills?: OrderReport["fills"] };
};

async function auditOf(user: User, order: string): Promise<readonly Entry[]> {
  return (await user.run(`history audit --order ${order} --json`)).json<Entry[]>();
}

describe("an order on a practice server", () => {
  const user = newUser(PASSPHRASE);
  let practice: Practice;

  beforeAll(async () => {
    practice = await startPractice();
    await connectOanda(user, practice);
  });

  it("is the same order as on paper, marked PRACTICE", async () => {
    const { code, stdout, stderr } = await user.run("order buy EUR_USD 10000 --sl -c oanda");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\[PRACTICE\] Bought 10,000 EUR_USD at \d\.\d{5}\n/);
    expect(stdout).toContain("(20 pips)");
  });

  it("stands in the server's log and in our audit trail with the same id, size and price", async () => {
    const words = "order sell USD_JPY 3000 --sl --tp --client-id both-1 --signal sig-9 -c oanda";
    const placed = await user.run(`${words} --comment breakout --json`);
    expect(placed.code, placed.stderr).toBe(0);
    const { fills, status, averagePrice } = placed.json<OrderReport>();
    const log = await practice.log();
    const order = log.find(({ clientExtensions }) => clientExtensions?.id === "both-1");
    const fill = log.find((each) => each.type === "ORDER_FILL" && each.orderID === order?.id);
    expect(status).toBe("filled");
    expect(order).toMatchObject({
      type: "MARKET_ORDER",
      units: "-3000",
      clientExtensions: { tag: "signal=sig-9", comment: "breakout" },
    });
    expect(fill).toMatchObject({ clientOrderID: "both-1", units: "-3000", price: averagePrice });
    expect(fills).toMatchObject([{ transactionId: fill?.id, units: "3000", price: fill?.price }]);
    const audit = await auditOf(user, "both-1");
    expect(audit.map(({ kind }) => kind)).toEqual(["order.sent", "order.filled"]);
    expect(audit[1]?.data.fills).toEqual(fills);
  });

  it("is closed there too", async () => {
    const closed = await user.run("positions close USD_JPY -c oanda --json");
    expect(closed.json(), closed.stderr).toMatchObject({ status: "filled", side: "buy" });
    const positions = (await user.run("positions -c oanda --json")).json();
    expect(positions).toMatchObject([{ instrument: "EUR_USD", units: "10000" }]);
  });

  it("that the server refuses exits 5 with the server's own word", async () => {
    const result = await user.run("order sell USD_CHF 1000 --reduce-only -c oanda --json");
    expect(result.code).toBe(5);
    expect(result.json<OrderReport>().error?.brokerCode).toMatch(/^[A-Z_]+$/);
    expect(result.error().code).toBe("ORDER_REJECTED");
  });

  it("isn't sent when its server is gone, and says so", async () => {
    expect(await practice.stop()).toBe(0);
    const result = await user.run("order buy EUR_USD 10000 -c oanda --json");
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 6, stdout: "" });
    expect(result.error()).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true });
    expect(result.error().message).toMatch(/refused the connection.*(nothing was)/is);
    const status = await user.run("connect status oanda --json");
    expect(status.code).toBe(0);
    expect(status.json()).toMatchObject([{ name: "oanda", status: "disconnected" }]);
  });
});

describe("the practice server's options", () => {
  it("give the token several accounts, with the region's rules or those asked for", async () => {
    const words = "--accounts 3 --region EU --currency EUR --balance 5000 --guaranteed required";
    const { url, token, accounts } = await startPractice(words);
    const ids = ["001", "002", "003"].map((number) => `101-001-1000001-${number}`);
    expect(accounts).toEqual(ids);
    const headers = { authorization: `Bearer ${token}` };
    const last = await fetch(`${url}/v3/accounts/${ids[2]}/summary`, { headers });
    expect(await last.json()).toMatchObject({
      account: {
        currency: "EUR",
        balance: "5000.0000",
        guaranteedStopLossOrderMode: "REQUIRED",
      },
    });
    const candles = await fetch(`${url}/v3/instruments/EUR_USD/candles?count=3`, { headers });
    expect(Object(await candles.json()).candles).toHaveLength(3);
  });

  it.each([
    ["--accounts 0", "--accounts"],
    ["--accounts 101", "--accounts"],
    ["--guaranteed maybe", "--guaranteed"],
  ])("are refused as %s", async (words, named) => {
    const result = await newUser().run(`practice serve --port 0 ${words}`);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(named);
  });
});

describe("a connection", () => {
  const user = newUser(PASSPHRASE);
  let practice: Practice;

  beforeAll(async () => {
    practice = await startPractice("--currency EUR --balance 5000");
    await connectOanda(user, practice, "--name first");
  });

  it("is listed, tested and shown as connected, with its account's currency", async () => {
    const [listed, tested, status] = await Promise.all(
      ["connect list --json", "connect test first --json", "connect status first --json"].map(
        (words) => user.run(words),
      ),
    );
    expect(listed?.json()).toMatchObject([
      {
        name: "first",
        broker: "oanda",
        environment: "practice",
        accounts: [{ id: practice.accounts[0], currency: "EUR", region: "US" }],
        default: false,
        credentialStore: "file",
      },
      { name: "paper", default: true },
    ]);
    expect(tested?.json()).toMatchObject({ ok: true, accounts: practice.accounts });
    expect(status?.json()).toMatchObject([{ status: "connected", halted: false, error: null }]);
  });

  it("becomes the default with use", async () => {
    expect((await user.run("connect use first")).code).toBe(0);
    expect((await user.run("accounts --json")).json()).toMatchObject([
      { connection: "first", balance: "5000", currency: "EUR" },
    ]);
    await user.run("connect use paper");
  });

  it("takes a new token only when the broker takes it", async () => {
    const words = "connect rotate first --token-stdin --json";
    const refused = await user.run(words, { stdin: "not-the-token" });
    expect({ code: refused.code, error: refused.error().code }).toEqual({
      ...{ code: 3, error: "CREDENTIALS_INVALID" },
    });
    expect((await user.run("connect test first")).code).toBe(0);
    const rotated = await user.run(words, { stdin: practice.token });
    expect(rotated.json()).toMatchObject({ rotated: true });
    expect((await user.run("connect test first")).code).toBe(0);
  });

  it("with a token of this run's environment uses that, and stores it nowhere", async () => {
    const env = { TMT_BROKER_TOKEN: "another-token" };
    const result = await user.run("connect test first -c first --json", { env });
    expect({ code: result.code, error: result.error().code }).toEqual({
      ...{ code: 3, error: "CREDENTIALS_INVALID" },
    });
    expect((await user.run("connect test first")).code).toBe(0);
  });

  it("is gone after remove, and its records stay", async () => {
    const removed = await user.run("connect remove first --json");
    expect(removed.json()).toEqual({ name: "first", removed: true, hadSecret: true });
    expect((await user.run("connect test first --json")).code).toBe(8);
    const audit = (await user.run("history audit --json")).json<Entry[]>();
    expect(audit.map(({ kind }) => kind)).toEqual([
      ...["connection.added", "credential.rotated", "connection.removed"],
    ]);
  });
});

describe("an order whose answer goes wrong", () => {
  const user = newUser(SECRETS);
  const orders = { method: "POST", path: /\/orders$/ };
  let venue: Venue;

  beforeAll(async () => {
    venue = await openVenue();
    await connectOanda(user, venue);
  });

  it("NW-03 is found in the log when its answer is lost: filled, and sent once", async () => {
    venue.faultNext("lost-response", orders);
    const placed = await user.run("order buy EUR_USD 1000 --client-id lost-1 -c oanda --json");
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled", filledUnits: "1000", error: null });
    expect(fillsByClientId(await venue.log()).get("lost-1")).toBe(1);
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("HT-01 is found in the log when its answer is cut in half", async () => {
    venue.faultNext("malformed", orders);
    const placed = await user.run("order buy EUR_USD 1000 --client-id half-1 -c oanda --json");
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled" });
    expect(fillsByClientId(await venue.log()).get("half-1")).toBe(1);
  });

  it("HT-07 is never sent again after 500, 502 or a cut line: open until the log proves it", async () => {
    for (const fault of ["http-500", "http-html-502", "reset"] as const) {
      venue.faultNext(fault, orders);
    }
    const before = ordersSent(venue).length;
    const placed = await Promise.all(
      ["USD_CHF", "AUD_USD", "NZD_USD"].map((instrument) =>
        user.run(`order buy ${instrument} 1000 --client-id gone-${instrument} -c oanda --json`),
      ),
    );
    for (const result of placed) {
      expect(result.code, result.stderr).toBe(7);
      expect(result.json()).toMatchObject({ status: "unknown" });
      expect(result.error().code).toBe("OUTCOME_UNKNOWN");
      const { message, hint } = result.error();
      expect(`${message} ${hint}`).toMatch(/may be live\. Don't send it again.*order reconcile/);
    }
    expect(ordersSent(venue)).toHaveLength(before);
  });

  it("HT-07 blocks new risk in its instrument, and in no other, while its fate is open", async () => {
    const [same, other] = await Promise.all([
      user.run("order buy USD_CHF 1000 --client-id same -c oanda --json"),
      user.run("order buy EUR_USD 1000 --client-id other -c oanda --json"),
    ]);
    expect(same.code, same.stdout).toBe(7);
    expect(same.error()).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: true });
    expect(same.error().message).toMatch(/gone-USD_CHF.*The new order was not sent/);
    expect(other.code, other.stderr).toBe(0);
    expect(other.stderr).toBe("");
    const fills = fillsByClientId(await venue.log());
    expect([fills.get("same"), fills.get("other")]).toEqual([undefined, 1]);
  });

  it("HT-07 is settled by the log once nothing of it can arrive any more", async () => {
    const env = clockAhead(user, ARRIVAL_MS);
    const reconciled = await user.run("order reconcile -c oanda --json", { env });
    expect(reconciled.code, reconciled.stderr).toBe(0);
    const { settled, open } = reconciled.json<{ settled: OrderReport[]; open: unknown[] }>();
    expect(new Set(settled.map((one) => `${one.clientOrderId} ${one.status}`))).toEqual(
      new Set(["gone-AUD_USD rejected", "gone-NZD_USD rejected", "gone-USD_CHF rejected"]),
    );
    expect(open).toEqual([]);
    const again = await user.run("order buy USD_CHF 1000 --client-id again -c oanda --json");
    expect(again.json(), again.stderr).toMatchObject({ status: "filled" });
  });

  it("HT-06 isn't sent again by itself when the broker takes no more just now", async () => {
    venue.faultNext("http-429", orders);
    const placed = await user.run("order buy EUR_USD 1000 --client-id busy-1 -c oanda --json");
    expect(placed.code).toBe(6);
    expect(placed.error().code).toBe("RATE_LIMITED");
    expect(fillsByClientId(await venue.log()).has("busy-1")).toBe(false);
  });

  it("proves all of it: the audit chain is whole and no id was filled twice", async () => {
    expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
    for (const [id, fills] of fillsByClientId(await venue.log()))
      expect([id, fills]).toEqual([id, 1]);
  });
});

describe("practice serve with a fault on everything", () => {
  it.each([
    ["http-500=1", /answered 500.*nothing was/is],
    ["reset=1", /cut.*nothing was/is],
  ])("%s: the order isn't sent, and says so", async (fault, says) => {
    const user = newUser(SECRETS);
    const clean = await startPractice(`--token ${TOKEN}`);
    await connectOanda(user, clean);
    await clean.stop();
    const faulty = await startPractice(`--token ${TOKEN} --port ${clean.port} --fault ${fault}`);
    const result = await user.run("order buy EUR_USD 1000 -c oanda --json");
    expect(result.code).toBe(6);
    expect(result.error()).toMatchObject({ code: "BROKER_UNAVAILABLE" });
    expect(result.error().message).toMatch(says);
    await faulty.stop();
  });

  it("lost-response=1: the order is executed, found in the log, and filled once", async () => {
    const user = newUser(SECRETS);
    const practice = await startPractice(`--token ${TOKEN} --fault lost-response=1`);
    await connectOanda(user, practice);
    const placed = await user.run("order buy EUR_USD 1000 --client-id lost -c oanda --json");
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled" });
    expect(fillsByClientId(await practice.log()).get("lost")).toBe(1);
  });
});

describe("a recorded day", () => {
  const isThere = existsSync(RECORDING);

  it.skipIf(!isThere)("is traded at its own prices (needs recorded data)", async () => {
    const user = newUser(SECRETS);
    const practice = await startPractice(`--token ${TOKEN} --feed ${RECORDING} --speed 60`);
    await connectOanda(user, practice);
    const bought = await user.run("order buy EUR_USD 1000 -c oanda --json");
    expect(bought.code, bought.stderr).toBe(0);
    const sold = await user.run("order sell EUR_USD 500 -c oanda --json");
    const asks = new Set<string>();
    const bids = new Set<string>();
    for (const line of gunzipSync(readFileSync(RECORDING)).toString("utf8").split("\n")) {
      const [, instrument, bid, ask] = line.split(",");
      if (instrument !== "EUR_USD" || bid === undefined || ask === undefined) continue;
      bids.add(bid);
      asks.add(ask.trim());
    }
    expect(asks).toContain(bought.json<OrderReport>().averagePrice);
    expect(bids).toContain(sold.json<OrderReport>().averagePrice);
  });
});
