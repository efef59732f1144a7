import { beforeAll, describe, expect, it, vi } from "vitest";
import type { OrderReport } from "../../src/trading/order-report.ts";
import {
  type Finished,
  newUser,
  PATIENCE,
  type Practice,
  startPractice,
  type User,
  type Words,
} from "../support/program.ts";
import { connectOanda } from "../support/venue.ts";

vi.setConfig(PATIENCE);

type Checked = { readonly rule: string; readonly outcome: string; readonly detail: string };
type Explained = {
  readonly ruleSet: string;
  readonly rules: readonly { readonly rule: string; readonly now: string | null }[];
  readonly figures: { readonly maxUnits: string; readonly leverage: string } | null;
};

const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every command. */
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse battery", TMT_BROKER_TOKEN: TOKEN };
const US_SERVER = `--region US --token ${TOKEN}`;

/** Exit 4, the code and the rule, a report beside it, and both sentences that a refusal has to have. */
function expectBlock(result: Finished, code: string, rule: string): void {
  expect(result.code, result.stderr).toBe(4);
  const error = result.error();
  expect(error).toMatchObject({ code, retryable: false, details: { rule } });
  expect(error.message).toContain("Nothing was sent.");
  expect(error.hint).not.toBeNull();
  const report = result.json<OrderReport>();
  expect(report).toMatchObject({ status: "rejected", orderId: null, error: { code } });
  const checks: readonly Checked[] = report.compliance;
  expect(checks.find((check) => check.rule === rule)?.outcome).toBe("block");
}

async function tradeIds(user: User, connection: string): Promise<readonly string[]> {
  const positions = (await user.run(`positions -c ${connection} --json`)).json<
    readonly { readonly trades: readonly { readonly id: string }[] }[]
  >();
  return positions.flatMap(({ trades }) => trades.map(({ id }) => id));
}

describe.each([{ connection: "paper" }, { connection: "oanda" }])(
  "US rules from the command line, at $connection",
  ({ connection }) => {
    const user = newUser(SECRETS);
    const run = (words: string) => user.run(`${words} -c ${connection} --json`);
    let practice: Practice | null = null;
    let trades: readonly string[] = [];

    beforeAll(async () => {
      if (connection === "oanda") {
        practice = await startPractice(US_SERVER);
        await connectOanda(user, practice);
      }
      for (const size of ["10000", "20000", "10000"]) {
        expect((await run(`order buy EUR_USD ${size}`)).code).toBe(0);
      }
      trades = await tradeIds(user, connection);
      expect(trades).toHaveLength(3);
    });

    it("F5 BR-02 a trade that isn't the oldest of its size stays, and the one to close is named", async () => {
      const [oldest, , newest] = trades;
      const log = (await practice?.log())?.length;
      const result = await run(`positions close ${newest}`);
      expectBlock(result, "COMPLIANCE_FIFO", "us-fifo");
      expect(result.error().hint).toContain(`tmt-broker positions close ${oldest} -c `);
      expect((await practice?.log())?.length).toBe(log);
    });

    it("F2 a dry run of an opposite order names what it closes, and the audit log keeps all of it", async () => {
      const result = await run("order sell EUR_USD 20000 --dry-run --client-id dry-1");
      expect(result.code, result.stderr).toBe(0);
      const fifo = result.json<OrderReport>().compliance.find(({ rule }) => rule === "us-fifo");
      expect(fifo?.detail).toMatch(
        `closes all of trade ${trades[0]} (10000), then 10000 of trade ${trades[1]} (20000), oldest first`,
      );
      const audit = await user.run("history audit --order dry-1");
      expect(audit.stdout).toMatch(/order\.dry-run/);
      expect(audit.stdout).toMatch(/reviewed by rule set US-\d{4}-\d\d-\d\d, engine \d+/);
      expect(audit.stdout).toContain(`closes all of trade ${trades[0]}`);
      const [entry] = (await user.run("history audit --order dry-1 --json")).json<
        readonly { readonly data: { readonly review: Record<string, unknown> } }[]
      >();
      expect(entry?.data.review).toMatchObject({
        ruleSet: expect.stringMatching(/^US-/),
        engine: expect.any(String),
        inputs: { account: { currency: "USD" }, tradesOfInstrument: 3 },
      });
    });

    it("F7 a close of a part takes the oldest by itself, and F6 a trade of its own size may go first", async () => {
      const [first, second, third] = trades;
      expect((await run(`positions close ${second}`)).code).toBe(0);
      expect(await tradeIds(user, connection)).toEqual([first, third]);
      expect((await run("positions close EUR_USD --units 4000")).json()).toMatchObject({
        status: "filled",
        tradeIds: [first],
      });
      expect((await run(`positions close ${third}`)).code).toBe(0);
    });

    it("leverage beyond 50:1 is blocked, and the size that is named passes at the broker", async () => {
      expect((await run("positions close EUR_USD")).code).toBe(0);
      const result = await run("order buy EUR_USD 9m");
      expectBlock(result, "COMPLIANCE_LEVERAGE", "us-leverage");
      expect(result.error().message).toMatch(/2 % \(50:1\).*NFA Financial Requirements Section 12/);
      const most = /At most (\d+) units/.exec(result.error().hint ?? "")?.[1];
      // Prices move between the two commands.
      const size = Math.floor(Number(most) * 0.999);
      expect((await run(`order buy EUR_USD ${size}`)).code).toBe(0);
      expect((await run("positions close EUR_USD")).code).toBe(0);
    });

    it("L8 a leveraged metal is no instrument for the account", async () => {
      expectBlock(await run("order buy XAU_USD 1"), "COMPLIANCE_INSTRUMENT", "us-metals");
    });

    it("the rules are shown with their sources and this account's numbers", async () => {
      const view = (await run("accounts rules")).json<Explained>();
      expect(view.ruleSet).toMatch(/^US-/);
      expect(view.rules.every(({ now }) => now !== null)).toBe(true);
      expect(Number(view.figures?.maxUnits)).toBeGreaterThan(1_000_000);
      const text = await user.run(`accounts rules -c ${connection}`);
      expect(text.stdout).toContain("NFA Compliance Rule 2-43(b)");
      const one = await user.run(`accounts rules --explain us-leverage-table -c ${connection}`);
      expect(one.stdout).toContain("UNVERIFIED");
      expect(one.stdout).toContain("2020-03-22 to 2021-08-09");
      const wrong = await run("accounts rules --explain us-fifi");
      expect(wrong.code).toBe(2);
      expect(wrong.error().hint).toContain("Did you mean us-fifo?");
    });
  },
);

describe("OANDA's house rule, at a US practice server", () => {
  const user = newUser(SECRETS);
  const run = (words: Words) => user.run(words);

  beforeAll(async () => {
    await connectOanda(user, await startPractice(US_SERVER));
  });

  it("S1 BR-02 an equal size with a stop is blocked, and S2 the size that is offered passes", async () => {
    expect((await run("order buy EUR_USD 1000 --sl 40p -c oanda")).code).toBe(0);
    const result = await run("order buy EUR_USD 1000 --sl 40p -c oanda --json");
    expectBlock(result, "COMPLIANCE_FIFO", "us-fifo-safeguard");
    expect(result.error().hint).toMatch(/^1001 or 999 units would pass/);
    expect((await run("order buy EUR_USD 1001 --sl 40p -c oanda")).code).toBe(0);
  });

  it("S4 where OANDA is inconsistent, the order is sent with a warning and its answer counts", async () => {
    const told = await run("order buy EUR_USD 1000 -c oanda");
    expect(told.code).toBe(4);
    expect(told.stderr).toMatch(/us-fifo-safeguard: trade \d+ has 1000 units as well/);
    const result = await run("order buy EUR_USD 1000 -c oanda --json");
    expect(result.json()).toMatchObject({
      status: "cancelled",
      error: { code: "COMPLIANCE_FIFO", brokerCode: "FIFO_VIOLATION_SAFEGUARD_VIOLATION" },
    });
  });
});

describe("whose rules bind an account", () => {
  it("is settled by its region, and a misspelled one is refused", async () => {
    const user = newUser();
    const wrong = await user.run("config set compliance.paper-001.region USA --json");
    expect(wrong.code).toBe(2);
    expect(wrong.error().message).toContain("did you mean US?");
    expect((await user.run("connect add paper --name two --region Us --json")).code).toBe(2);
    expect((await user.run("config set compliance.paper-001.region EU")).code).toBe(0);
    const view = (await user.run("accounts rules --json")).json<Explained>();
    expect(view.rules.map(({ rule }) => rule)).toEqual(["eu-leverage", "eu-closeout"]);
    expect((await user.run("order buy XAU_USD 1")).code).toBe(0);
  });

  it("can be corrected rule by rule, and what is unknown is refused with the near name", async () => {
    const user = newUser();
    const key = "compliance.paper-001.rules";
    const set = (value: string) => user.run(["config", "set", key, value, "--json"]);
    const wrong = await set("us-metls=off");
    expect(wrong.code).toBe(2);
    expect(wrong.error().message).toContain("Did you mean us-metals?");
    expect((await set("us-metals=off, own-cap.check=leverage-cap, own-cap.account=2")).code).toBe(
      0,
    );
    const bought = await user.run("order buy XAU_USD 1 --json");
    expect(bought.code, bought.stderr).toBe(0);
    expect(bought.stderr).toContain("us-metals is switched off");
    const blocked = await user.run("order buy EUR_USD 300k --json -q");
    expectBlock(blocked, "COMPLIANCE_LEVERAGE", "own-cap");
    const listed = await user.run("config list --json");
    expect(listed.stdout).toContain("own-cap.account=2");
  });
});
