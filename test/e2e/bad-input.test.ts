import { beforeAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, type Words } from "../support/program.ts";
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

type Row = Refusal & { readonly words: Words };

describe("a command line that is wrong is refused with a way out, and nothing is sent", () => {
  const user = newUser();
  const usage = { exit: 2, code: "USAGE" } as const;
  const units = { exit: 2, code: "INVALID_UNITS" } as const;
  const price = { exit: 2, code: "INVALID_PRICE" } as const;
  const size = (text: string, says: Row["says"]): [string, Row] => [
    `CI-03 a size of ${text === "" ? "nothing" : text}`,
    { ...units, words: ["order", "buy", "EUR_USD", text], says: [...says, NOTHING] },
  ];
  const rows: readonly [string, Row][] = [
    [
      "CI-01 a verb that isn't there",
      { ...usage, words: "order buyy EUR_USD 100", says: ['"buyy" is not', 'Did you mean "buy"'] },
    ],
    [
      "CI-01 a command that isn't there",
      { ...usage, words: "positons", says: ["positons", 'Did you mean "positions"', NOTHING] },
    ],
    [
      "CI-01 an option that isn't there",
      {
        ...usage,
        words: "order buy EUR_USD 100 --stop-los 20p",
        says: ["--stop-los", NOTHING, "order buy --help"],
      },
    ],
    [
      "CI-01 an option that is almost there",
      { ...usage, words: "order buy EUR_USD 100 --dryrun", says: ["--dryrun", "--dry-run"] },
    ],
    [
      "CI-01 one argument too many",
      { ...usage, words: "order buy EUR_USD 100 200", says: [/too many arguments/i, NOTHING] },
    ],
    [
      "CI-02 a negative size is no sale",
      {
        ...units,
        words: "order buy EUR_USD -10000",
        says: ['"-10000" is not a size', NOTHING, "use sell"],
      },
    ],
    ...["1e5", "10_000", "10,000", "１０００", "0x10", "NaN", "Infinity", "", "0", "-0", "+5", "5g"]
      .filter((text) => !text.startsWith("-"))
      .map((text) => size(text, [`"${text}" is not a size`, "10k or 1.5m"])),
    [
      "CI-04 half a unit",
      { ...units, words: "order buy EUR_USD 0.5", says: ["0.5 units", "decimals", NOTHING] },
    ],
    [
      "CI-04 a fraction of a unit too many",
      { ...units, words: "order buy EUR_USD 1000.5", says: ["nearest sizes are 1000 and 1001"] },
    ],
    [
      "CI-04 more than any order may have",
      { ...units, words: "order buy EUR_USD 999999999999", says: ["above the largest", NOTHING] },
    ],
    [
      "CI-05 a price with too many decimals",
      {
        ...price,
        words: "order buy EUR_USD 100 --sl 1.023456",
        says: ["more decimals", "(5)", NOTHING, "1.02345 and 1.02346"],
      },
    ],
    [
      "CI-05 a yen price with five decimals",
      {
        ...price,
        words: "order buy USD_JPY 100 --sl 120.12345",
        says: ["more decimals", "120.123 and 120.124"],
      },
    ],
    [
      "CI-05 a price in words",
      { ...price, words: "order buy EUR_USD 100 --sl low", says: ['--sl "low"', "20p", "0.5%"] },
    ],
    [
      "CI-06 a stop above a buy",
      {
        ...price,
        words: "order buy EUR_USD 100 --sl 5.0850",
        says: ["stop loss 5.08500", "must be below the market", NOTHING],
      },
    ],
    [
      "CI-06 a stop below a sale",
      {
        ...price,
        words: "order sell EUR_USD 100 --sl 0.5",
        says: ["stop loss 0.50000", "must be above the market"],
      },
    ],
    [
      "CI-06 a stop at no distance",
      { ...price, words: "order buy EUR_USD 100 --sl 0p", says: ['--sl "0p"', NOTHING] },
    ],
    [
      "CI-06 a trailing stop nearer than allowed",
      {
        ...price,
        words: "order buy EUR_USD 100 --trailing 0.1p",
        says: ["trailing distance of 0.00001", "EUR_USD", NOTHING],
      },
    ],
    [
      "CI-07 a target that would lose",
      {
        ...price,
        words: "order buy EUR_USD 100 --tp 0.5",
        says: ["take profit 0.50000", "must be above the market", NOTHING],
      },
    ],
    [
      "CI-10 an instrument that isn't there",
      {
        exit: 8,
        code: "INSTRUMENT_NOT_FOUND",
        words: "order buy EUR_USB 100",
        says: ['"EUR_USB" is not an instrument', NOTHING, "EUR_", "accounts instruments"],
      },
    ],
    [
      "CI-11 a stop given twice",
      {
        ...usage,
        words: "order buy EUR_USD 100 --sl 20p --sl 30p",
        says: ["--sl is given more than once", NOTHING],
      },
    ],
    [
      "CI-11 two accounts",
      {
        ...usage,
        words: "order buy EUR_USD 100 -a paper-001 --account other",
        says: ["--account is given more than once", NOTHING],
      },
    ],
    [
      "CI-11 units and a risk",
      {
        ...usage,
        words: "order buy EUR_USD 100 --risk 1% --sl",
        says: ["either units or --risk", NOTHING],
      },
    ],
    [
      "CI-11 neither units nor a risk",
      { ...usage, words: "order buy EUR_USD", says: ["size is missing", NOTHING, "--risk 1%"] },
    ],
    [
      "CI-11 two order types at once",
      { ...usage, words: "order buy EUR_USD 100 --market --limit 1.1", says: ["--market"] },
    ],
    [
      "CI-08 a risk without a stop",
      { ...usage, words: "order buy EUR_USD --risk 1%", says: ["needs a stop", NOTHING, "--sl"] },
    ],
    [
      "CI-17 a comment that would steer a terminal",
      {
        ...usage,
        words: ["order", "buy", "EUR_USD", "100", "--comment", "a\u001b[2Jb"],
        says: ["--comment", "control characters"],
      },
    ],
    [
      "a type of order that isn't there",
      {
        ...usage,
        words: "order buy EUR_USD 100 --type limmit",
        says: ['--type "limmit"', "market, limit, stop, mit"],
      },
    ],
    [
      "an account that isn't there",
      {
        exit: 8,
        code: "ACCOUNT_NOT_FOUND",
        words: "order buy EUR_USD 100 -a paper-002",
        says: ['"paper-002"', NOTHING, "paper-001"],
      },
    ],
    [
      "a connection that isn't there",
      {
        exit: 8,
        code: "CONNECTION_NOT_FOUND",
        words: "order buy EUR_USD 100 -c papr",
        says: ['"papr"', NOTHING, "paper"],
      },
    ],
    [
      "a position that isn't there",
      {
        exit: 8,
        code: "POSITION_NOT_FOUND",
        words: "positions close EUR_USD",
        says: ["EUR_USD", NOTHING, "no open position"],
      },
    ],
    [
      "an order that isn't there",
      {
        exit: 8,
        code: "ORDER_NOT_FOUND",
        words: "order show 4711",
        says: ['"4711"', "--state all"],
      },
    ],
  ];

  it.each(rows)("%s", async (_, row) => {
    const words = typeof row.words === "string" ? `${row.words} --json` : [...row.words, "--json"];
    expectRefusal(await user.run(words), row);
  });

  it("CI-03 understands the documented forms of a size, and none of a float", async () => {
    const asked = await Promise.all(
      ["10k", "1.5K", "0.01m", "1500.0"].map((text) =>
        user.run(`order buy EUR_USD ${text} --dry-run --json`),
      ),
    );
    expect(asked.map((result) => result.json().units)).toEqual([
      ...["10000", "1500", "10000", "1500"],
    ]);
  });

  it("CI-10 understands the spellings of a pair", async () => {
    const asked = await Promise.all(
      ["EURUSD", "EUR/USD", "eur_usd", "EUR-USD", "eurusd"].map((text) =>
        user.run(`order buy ${text} 100 --dry-run --json`),
      ),
    );
    expect(new Set(asked.map((result) => result.json().instrument))).toEqual(new Set(["EUR_USD"]));
  });

  it("tells a person in the same words, without a stack", async () => {
    const result = await user.run("order buy EUR_USD 10,000");
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(
      /^error: "10,000" is not a size\. Nothing was sent\.\n {2}\S.*\n/,
    );
    expect(result.stderr).toContain("[INVALID_UNITS]");
    expect(result.stderr).not.toMatch(/^ +at /m);
  });

  it("leaves nothing behind: no order was sent and nothing is open", async () => {
    const kinds = await kindsInAudit(user);
    expect(kinds.filter((kind) => !kind.startsWith("order.dry-run"))).toEqual([]);
    expect((await user.run("positions --json")).json()).toEqual([]);
  });
});

describe("an order with real money where nobody can be asked", () => {
  const user = newUser({ TMT_BROKER_TOKEN: "token-of-the-test" });
  let venue: Venue;

  beforeAll(async () => {
    venue = await openVenue({ account: LIVE_ACCOUNT });
    configureLive(user, venue);
  });

  it.each([
    ["CI-13 without a terminal", "order buy EUR_USD 100 -c main --json", ""],
    ["CI-12 with yes piped in", "order buy EUR_USD 100 -c main --json", "yes\nyes\nyes\n"],
  ])("%s is not sent", async (_, words, stdin) => {
    const result = await user.run(words, { stdin });
    const says = ['live connection "main"', "confirmation", NOTHING, "--yes"];
    expectRefusal(result, { exit: 10, code: "CONFIRMATION_REQUIRED", says });
    expect(ordersSent(venue)).toEqual([]);
    expect(await kindsInAudit(user)).toEqual([]);
  });

  it("is sent with --yes, once", async () => {
    const placed = await user.run("order buy EUR_USD 100 --sl -c main --yes --json");
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ status: "filled", environment: "live" });
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("CI-18 is said to be the same again within seconds, and isn't sent", async () => {
    const result = await user.run("order buy EUR_USD 100 -c main --json");
    expectRefusal(result, {
      exit: 10,
      code: "CONFIRMATION_REQUIRED",
      says: ["The same order was sent", "s ago as tmt-", NOTHING, "--yes"],
    });
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("CI-13 is asked about when it closes, too", async () => {
    const result = await user.run("positions close EUR_USD -c main --json");
    expect(result.code).toBe(10);
    expect(ordersSent(venue)).toHaveLength(1);
  });
});
