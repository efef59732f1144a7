import { describe, expect, it, vi } from "vitest";
import { openGateway } from "../support/gateway.ts";
import { clockAhead, newUser, PATIENCE, readLog, startPractice } from "../support/program.ts";
import { connectOanda, openVenue, ordersSent } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };

describe("BR-14 an account", () => {
  it("that its broker has deleted is told so by every command, and is never taken for flat", async () => {
    const before = await startPractice(`--token ${TOKEN} --accounts 2`);
    const account = before.accounts[1] ?? "";
    const user = newUser(SECRETS);
    await connectOanda(user, before, `--account ${account}`);
    expect((await user.run("order buy EUR_USD 100 --sl -c oanda")).code).toBe(0);
    await before.kill();
    // The same broker without the account.
    const after = await startPractice(`--token ${TOKEN} --port ${before.port}`);
    expect(after.accounts).not.toContain(account);
    for (const words of [
      "positions",
      "positions close --all",
      "order list",
      "order cancel --all",
      "order buy EUR_USD 100",
      "accounts",
    ]) {
      const result = await user.run(`${words} -c oanda --json`);
      expect([result.code, result.error().code], words).toEqual([3, "PERMISSION_DENIED"]);
      expect(result.stdout, words).toBe("");
      expect(result.error().hint, words).toContain("be gone");
    }
    expect((await after.log()).filter(({ type }) => type.includes("ORDER"))).toEqual([]);
    const synced = await user.run("history sync -c oanda --json");
    expect([synced.code, synced.error().code]).toEqual([3, "PERMISSION_DENIED"]);
    const tested = await user.run("connect test oanda");
    expect([tested.code, tested.stderr]).toEqual([8, expect.stringContaining(account)]);
  });

  it("of another division than the US one is added with the region that is named, not with US rules by default", async () => {
    const venue = await openVenue({ token: TOKEN, account: "101-004-1000001-001" });
    const user = newUser(SECRETS);
    const add = `connect add oanda --host ${venue.url} --token-stdin --store file`;
    const refused = await user.run(`${add} --json`, { stdin: TOKEN });
    expect([refused.code, refused.error().code]).toEqual([2, "USAGE"]);
    expect(refused.error().message).toMatch(/101-004-1000001-001.*Nothing was stored\./);
    expect(refused.error().hint).toContain("--region UK");
    expect((await user.run("connect list --json")).stdout).not.toContain("oanda");
    const added = await user.run(`${add} --region UK --json`, { stdin: TOKEN });
    expect(added.code, added.stderr).toBe(0);
    expect(added.json()).toMatchObject({ accounts: [{ region: "UK" }] });
    const rules = await user.run("accounts rules -c oanda");
    expect(rules.stdout).not.toContain("us-fifo");
  });

  it("of another login isn't there, whatever the configuration says, and nothing leaves", async () => {
    const venue = await openVenue({ token: TOKEN });
    const user = newUser(SECRETS);
    await connectOanda(user, venue);
    const result = await user.run("order buy EUR_USD 100 -c oanda -a 101-004-7654321-001 --json");
    expect([result.code, result.error().code]).toEqual([8, "ACCOUNT_NOT_FOUND"]);
    expect(ordersSent(venue)).toEqual([]);
  });
});

describe("BR-15 a broker whose query fails", () => {
  it("and so lists nothing is not taken for flat: nothing is closed, shown as none, or called drift", async () => {
    const venue = await openVenue({ token: TOKEN });
    const gateway = await openGateway(venue.url);
    const user = newUser(SECRETS);
    await connectOanda(user, { url: gateway.url, token: TOKEN });
    expect((await user.run("order buy EUR_USD 100 --sl -c oanda")).code).toBe(0);
    expect((await user.run("positions -c oanda")).code).toBe(0);
    gateway.rewrite = (request, document) =>
      request === `GET /v3/accounts/${venue.account}`
        ? { ...document, account: { ...Object(document.account), trades: [], orders: [] } }
        : undefined;
    for (const words of ["positions close --all", "order cancel --all", "history reconcile"]) {
      const result = await user.run(`${words} -c oanda --json`);
      expect([result.code, result.error().code], words).toEqual([6, "BROKER_UNAVAILABLE"]);
      expect(result.error().message, words).toContain("isn't taken for flat");
      expect(result.stdout, words).toBe("");
    }
    // What it last said is shown with its age.
    const shown = await user.run("positions -c oanda --json");
    expect(shown.json<readonly object[]>()).toMatchObject([{ instrument: "EUR_USD", stale: true }]);
    gateway.rewrite = () => undefined;
    const closed = await user.run("positions close --all -c oanda --json");
    expect([closed.code, closed.json<readonly object[]>().length]).toEqual([0, 1]);
  });
});

describe("BR-08 an instrument that disappears while it is held", () => {
  it("is still shown, can't be ordered, and hides no other position", async () => {
    const venue = await openVenue({ token: TOKEN });
    const gateway = await openGateway(venue.url);
    const user = newUser(SECRETS);
    await connectOanda(user, { url: gateway.url, token: TOKEN });
    expect((await user.run("order buy EUR_USD 100 --sl -c oanda")).code).toBe(0);
    expect((await user.run("order buy USD_JPY 100 --sl -c oanda")).code).toBe(0);
    gateway.rewrite = (request, document) =>
      request.endsWith("/instruments")
        ? {
            ...document,
            instruments: Object(document.instruments).filter(
              ({ name }: { readonly name: string }) => name !== "EUR_USD",
            ),
          }
        : undefined;
    // What is known of instruments is five minutes old at the most.
    const later = { env: clockAhead(user, 360_000) };
    const shown = await user.run("positions -c oanda --json", later);
    expect(shown.code, shown.stderr).toBe(0);
    const names = shown
      .json<readonly { instrument: string }[]>()
      .map(({ instrument }) => instrument);
    expect(names.toSorted()).toEqual(["EUR_USD", "USD_JPY"]);
    const text = await user.run("positions show EUR_USD -c oanda", later);
    expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/EUR_USD +long +100/)]);
    const refused = await user.run("order buy EUR_USD 100 -c oanda --json", later);
    expect([refused.code, refused.error().code]).toEqual([8, "INSTRUMENT_NOT_FOUND"]);
    const close = await user.run("positions close --all -c oanda --json", later);
    expect(close.json<readonly object[]>()).toMatchObject([{ instrument: "USD_JPY" }]);
    expect([close.code, close.stderr]).toEqual([8, expect.stringContaining("EUR_USD")]);
  });
});

describe("BR-10 orders and trades that another program placed", () => {
  it("are listed, kept by every settlement, and managed like our own", async () => {
    const venue = await openVenue({ token: TOKEN });
    const user = newUser(SECRETS);
    await connectOanda(user, venue);
    const place = (order: object) =>
      fetch(`${venue.url}/v3/accounts/${venue.account}/orders`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ order }),
      });
    await place({ type: "MARKET", instrument: "EUR_USD", units: "300", timeInForce: "FOK" });
    await place({ type: "LIMIT", instrument: "GBP_USD", units: "50", price: "0.9" });
    expect((await user.run("order reconcile -c oanda --json")).code).toBe(0);
    const drift = await user.run("history reconcile -c oanda --json");
    expect([drift.code, drift.json()]).toEqual([0, expect.objectContaining({ drift: [] })]);
    const [position] = (await user.run("positions -c oanda --json")).json<
      readonly { trades: readonly { id: string; clientOrderId: string | null }[] }[]
    >();
    expect(position).toMatchObject({ units: "300", trades: [{ clientOrderId: null }] });
    const [order] = (await user.run("order list -c oanda --json")).json<
      readonly { orderId: string }[]
    >();
    expect(order).toMatchObject({ instrument: "GBP_USD", clientOrderId: null, units: "50" });
    expect((await user.run("order buy EUR_USD 100 -c oanda")).code).toBe(0);
    const log = await readLog(venue.url, TOKEN, venue.account);
    expect(log.filter(({ type }) => type === "ORDER_CANCEL")).toEqual([]);
    expect((await user.run(`order cancel ${order?.orderId} -c oanda`)).code).toBe(0);
    const id = position?.trades[0]?.id;
    expect((await user.run(`positions modify ${id} --sl 30p -c oanda`)).code).toBe(0);
    const closed = await user.run(`positions close ${id} -c oanda --json`);
    expect(closed.json()).toMatchObject({ status: "filled", units: "300", tradeIds: [id] });
  });
});
