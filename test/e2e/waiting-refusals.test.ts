import { beforeAll, describe, expect, it, vi } from "vitest";
import { priceAt, report } from "../support/orders.ts";
import { newUser, PATIENCE, type User } from "../support/program.ts";
import {
  expectRefusal,
  kindsInAudit,
  NOTHING_SENT as NOTHING,
  type Refusal,
} from "../support/refusals.ts";
import {
  configureLive,
  LIVE_ACCOUNT,
  openVenue,
  ordersSent,
  type Venue,
} from "../support/venue.ts";

vi.setConfig(PATIENCE);

/** What the broker holds and held: without the prices of now, which never stand still. */
async function ordersOf(user: User) {
  const orders = (await user.run("order list --state all --json")).json<
    { orderId: string; units: string; price: string | null; state: string }[]
  >();
  return orders.map(({ orderId, units, price, state }) => [orderId, units, price, state]);
}

describe("what can't be is refused before anything is sent", () => {
  const user = newUser();
  const usage = { exit: 2, code: "USAGE" } as const;
  const price = { exit: 2, code: "INVALID_PRICE" } as const;

  it.each<[string, Refusal & { readonly words: string }]>([
    [
      "CI-11 a price without a type",
      { ...usage, words: "order buy EUR_USD 100 --price 1.1", says: ["--price", "--type limit"] },
    ],
    [
      "CI-11 a limit without a price, with a bound and no end",
      {
        ...usage,
        words: "order buy EUR_USD 100 --type limit --max-slippage 2p --tif GTD",
        says: ["needs --price", "--max-slippage", "GTD needs --expires", NOTHING],
      },
    ],
    [
      "BR-12 an end in the past",
      {
        ...usage,
        words: "order buy EUR_USD 100 --type limit --price 1.1 --expires 2020-01-01",
        says: ["2020-01-01 is in the past", NOTHING],
      },
    ],
    [
      "CI-05 a price with too many decimals",
      {
        ...price,
        words: "order buy EUR_USD 100 --type limit --price 1.123456",
        says: ["1.12345 and 1.12346", NOTHING],
      },
    ],
    [
      "CI-06 a stop that the market has passed",
      {
        ...price,
        words: "order buy EUR_USD 100 --type stop --price 0.5",
        says: ["must be above the market", NOTHING, "--type limit"],
      },
    ],
    [
      "CI-06 a stop loss beyond the price it waits for",
      {
        ...price,
        words: "order buy EUR_USD 100 --type limit --price 1.1 --sl 1.1001",
        says: ["must be below the order's price", NOTHING],
      },
    ],
    [
      "a guaranteed stop where there are none",
      {
        exit: 2,
        code: "UNSUPPORTED",
        words: "order buy EUR_USD 100 --sl --guaranteed",
        says: ["no guaranteed stops", NOTHING],
      },
    ],
    ["CI-11 nothing to change", { ...usage, words: "order modify 5", says: ["--price", NOTHING] }],
    [
      "CI-11 an order that waits and doesn't",
      { ...usage, words: "order modify 5 --tif FOK", says: ["can't become FOK", NOTHING] },
    ],
    [
      "CI-11 a stop that is set and removed",
      { ...usage, words: "order modify 5 --sl 20p --no-sl", says: ["contradicts --sl", NOTHING] },
    ],
    ["CI-11 nothing to cancel", { ...usage, words: "order cancel", says: ["--all", NOTHING] }],
    [
      "CI-11 an order and all of them",
      { ...usage, words: "order cancel 5 --all", says: ["--all", NOTHING] },
    ],
    [
      "CI-11 an instrument without --all",
      {
        ...usage,
        words: "order cancel --instrument EUR_USD",
        says: ["--instrument alone", "--all --instrument EUR_USD"],
      },
    ],
    [
      "an id that is none",
      { ...usage, words: "order cancel ../5", says: ["is not an order's id", "@mine-1"] },
    ],
    [
      "an order that isn't there",
      {
        exit: 8,
        code: "ORDER_NOT_FOUND",
        words: "order modify 4711 --price 1.1",
        says: ['no order "4711"', NOTHING],
      },
    ],
    [
      "a trade that isn't there",
      {
        exit: 8,
        code: "POSITION_NOT_FOUND",
        words: "positions modify 4711 --sl",
        says: ["4711", NOTHING],
      },
    ],
    [
      "exits without a word of them",
      { ...usage, words: "positions modify EUR_USD", says: ["--sl", "--no-tp", NOTHING] },
    ],
  ])("%s", async (_, { words, ...refusal }) => {
    expectRefusal(await user.run(`${words} --json`), refusal);
  });

  it("a price far from the market is blocked by the collar, exit 4", async () => {
    const result = await user.run("order buy EUR_USD 100 --type limit --price 0.9 --json");
    expect(result.code).toBe(4);
    expect(result.json()).toMatchObject({ status: "rejected", error: { code: "RISK_LIMIT" } });
  });

  it("a limit that must fill now and can't is cancelled by the broker, exit 5", async () => {
    const low = await priceAt(user, -100);
    const words = `order buy EUR_USD 100 --type limit --price ${low} --tif FOK --json`;
    const result = await user.run(words);
    expect(result.code).toBe(5);
    expect(result.json()).toMatchObject({ status: "cancelled", filledUnits: "0" });
  });

  it("a limit that the market has reached is executed, and said to be", async () => {
    const high = await priceAt(user, 100);
    const result = await user.run(`order buy EUR_USD 100 --type limit --price ${high}`);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/The market is at \d.*executes at once/);
    expect(result.stdout).toMatch(/^\[PAPER\] Bought 100 EUR_USD/);
    const quiet = await user.run(
      `order sell EUR_USD 50 --type limit --price 1.15 --quiet --dry-run`,
    );
    expect(quiet.stderr).toBe("");
  });

  it("nothing is sent by a dry run of any of them", async () => {
    const low = await priceAt(user, -100);
    const { orderId } = await report(user, `order buy EUR_USD 70 --type limit --price ${low}`);
    const before = await ordersOf(user);
    for (const words of [
      `order sell EUR_USD 90 --type stop --price ${low}`,
      `order modify ${orderId} --units 80`,
      `order cancel ${orderId}`,
      "order cancel --all --quiet",
      "positions modify EUR_USD --sl 1%",
    ]) {
      const { code, stdout, stderr } = await user.run(`${words} --dry-run`);
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^\[PAPER\] Dry run: would .*Nothing was sent$/m);
    }
    expect(await ordersOf(user)).toEqual(before);
  });
});

describe("a change with real money where nobody can be asked", () => {
  const user = newUser({ TMT_BROKER_TOKEN: "token-of-the-test" });
  let venue: Venue;
  let orderId = "";

  beforeAll(async () => {
    venue = await openVenue({ account: LIVE_ACCOUNT });
    configureLive(user, venue);
    const price = await priceAt(user, -100, "-c main");
    const words = `order buy EUR_USD 100 --type limit --price ${price} -c main --yes`;
    orderId = `${(await report(user, words)).orderId}`;
    await report(user, "order buy EUR_USD 700 --sl -c main --yes");
  });

  it.each([
    "order sell EUR_USD 100 --type limit --price 1.2",
    "order modify ID --units 90",
    "order cancel ID",
    "order cancel --all",
    "positions modify EUR_USD --no-sl",
  ])("CI-13 %s is not sent", async (words) => {
    const [sent, audited] = [ordersSent(venue).length, await kindsInAudit(user)];
    const result = await user.run(`${words.replace("ID", orderId)} -c main --json`);
    const says = ['live connection "main"', "confirmation", NOTHING, "--yes"];
    expectRefusal(result, { exit: 10, code: "CONFIRMATION_REQUIRED", says });
    expect(ordersSent(venue)).toHaveLength(sent);
    expect(await kindsInAudit(user)).toEqual(audited);
  });

  it("is sent with --yes, once", async () => {
    const sent = ordersSent(venue).length;
    const changed = await report(user, `order modify ${orderId} --units 90 -c main --yes`);
    expect(changed).toMatchObject({ status: "pending", units: "90", environment: "live" });
    expect((await user.run("order cancel --all -c main --yes --json")).json()).toMatchObject([
      { status: "cancelled", orderId: changed.orderId },
    ]);
    const exits = await user.run("positions modify EUR_USD --sl 30p -c main --yes --json");
    expect(exits.json(), exits.stderr).toMatchObject([{ status: "pending" }]);
    expect(ordersSent(venue)).toHaveLength(sent + 3);
  });
});
