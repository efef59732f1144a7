import { afterAll, describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import { nextRollover } from "../../src/core/trading-day.ts";
import { openPracticeServer } from "../../src/paper/v20-server/server.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { SETTLE_MS } from "../../src/ui/terminal/dialogs/question.ts";
import { openScriptedFeed } from "../paper/v20-server/scripted-feed.ts";
import { type Agreement, expectAgreement } from "../support/agreement.ts";
import { clockAhead, newUser, PATIENCE, readLog, type User } from "../support/program.ts";
import { openScreen } from "../support/screen.ts";
import { connectOanda, PRACTICE_ACCOUNT } from "../support/venue.ts";

vi.setConfig({ ...PATIENCE, testTimeout: 300_000 });

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse", TMT_BROKER_TOKEN: TOKEN };
const ENTER = "\r";
const HOUR_MS = 3_600_000;

/** A question takes no answer before somebody can have read it. */
const read = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS + 200));

const closing: (() => Promise<unknown>)[] = [];

afterAll(() => Promise.all(closing.map((close) => close())));

/** A practice server whose prices and hours the test sets. */
async function scriptedVenue(currency: string) {
  const feed = openScriptedFeed();
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => addMs(systemClock.now(), aheadMs) };
  const price = (bid: string, ask: string) => feed.set("EUR_USD", clock.now(), { bid, ask });
  price("1.10000", "1.10010");
  const server = await openPracticeServer({
    ...{ host: "127.0.0.1", port: 0, token: TOKEN, feed, clock },
    accounts: [{ id: PRACTICE_ACCOUNT, currency, balance: decimal("100000"), region: "UK" }],
  });
  closing.push(() => server.close());
  return {
    url: server.url,
    price,
    now: () => clock.now(),
    wait: (ms: number) => {
      aheadMs += ms;
    },
    log: () => readLog(server.url, TOKEN, PRACTICE_ACCOUNT),
  };
}

/** The venue's own log, with what it says of the balance. */
async function logOf({ log }: Pick<Awaited<ReturnType<typeof scriptedVenue>>, "log">) {
  return (await log()).map((entry) => ({
    ...{ id: entry.id, type: entry.type },
    balance: Object(entry).accountBalance ?? null,
  }));
}

/** Runs commands of one account, and remembers what they reported. */
function traderOf(user: User, where: string, env: Agreement["env"]) {
  const reports: OrderReport[] = [];
  const say = async <T>(words: string): Promise<T> => {
    const result = await user.run(`${words} ${where} --json`, { env: env() });
    expect(result.code, `${words}: ${result.stderr}`).toBe(0);
    return result.json<T>();
  };
  return {
    reports,
    say,
    act: async (words: string): Promise<OrderReport> => {
      const answer = await say<OrderReport | readonly OrderReport[]>(words);
      const [report] = [answer].flat();
      if (!report) throw new Error(`${words} reported nothing`);
      if (report.status !== "dry_run") reports.push(report);
      return report;
    },
  };
}

type Trader = ReturnType<typeof traderOf>;

/** What a dry run of a long position's close states is what the close does, but for the way of the price in between. */
async function closeAsStated({ act }: Trader, words: string): Promise<OrderReport> {
  const { costs, expectedPrice } = await act(`${words} --dry-run`);
  const done = await act(words);
  expect(done.status).toBe("filled");
  const [fill] = done.fills;
  const moved = decimal(fill?.price ?? "").minus(decimal(expectedPrice ?? ""));
  const meanwhile = moved.times(decimal(done.units));
  const stated = decimal(costs?.realizedPl ?? "").plus(meanwhile);
  expect(`${decimal(fill?.realizedPl ?? "")}`, words).toBe(`${stated}`);
  return done;
}

describe("the whole life of a trade", () => {
  it("BR-09 BR-13 on a practice server, in an account of another currency, agrees everywhere after each step", async () => {
    const venue = await scriptedVenue("EUR");
    const user = newUser(SECRETS);
    await connectOanda(user, { url: venue.url, token: TOKEN }, "--region UK");
    const env = () => ({});
    const trader = traderOf(user, "-c oanda", env);
    const { say, act, reports } = trader;
    const venueLog = () => logOf(venue);
    const agree = (step: string) =>
      expectAgreement({ user, where: "-c oanda", env, venueLog, reports }, step);
    const entry = "order buy EUR_USD 10000 --type limit --price 1.09900 --sl 40p --tp 300p";
    const dry = await act(`${entry} --dry-run`);
    // 40 USD at the price of a loss: mid + 0.5 %.
    expect(dry.costs).toMatchObject({ commission: null, realizedPl: null, before: null });
    expect(dry.costs?.lossAtStop).toMatch(/^36\.5/);
    await agree("preview");
    expect((await act(entry)).status).toBe("pending");
    await agree("limit entry");
    venue.price("1.09880", "1.09890");
    const [held] = await say<readonly { units: string; averagePrice: string }[]>("positions");
    expect(held).toMatchObject({ units: "10000", averagePrice: "1.09890" });
    await agree("fill");
    venue.price("1.10200", "1.10210");
    const even = await act("positions modify EUR_USD --sl breakeven --dry-run");
    expect([even.costs?.lossAtStop, even.stopLoss?.price]).toEqual(["0", "1.09890"]);
    await act("positions modify EUR_USD --sl breakeven");
    await agree("stop to break-even");
    const trailing = await act("positions modify EUR_USD --trailing 15p");
    expect(trailing.trailingStop?.price).toBe("1.10050");
    await agree("trailing");
    const part = await closeAsStated(trader, "positions close EUR_USD --units 30%");
    expect(part.units).toBe("3000");
    await agree("partial close");
    venue.wait(Date.parse(nextRollover(venue.now())) - Date.parse(venue.now()) + HOUR_MS);
    venue.price("1.10250", "1.10260");
    const [over] = await say<readonly { financing: string }[]>("positions");
    expect(decimal(over?.financing ?? "0").isNegative()).toBe(true);
    const types = (await venueLog()).map(({ type }) => type);
    expect(types).toContain("DAILY_FINANCING");
    await agree("financing over a day's end");
    await closeAsStated(trader, "positions close EUR_USD");
    expect(await say("positions")).toEqual([]);
    expect(await say("order list")).toEqual([]);
    await agree("final close");
  });

  it("on paper, over days of its clock, agrees everywhere after each step", async () => {
    const user = newUser();
    let aheadMs = HOUR_MS;
    const env = () => clockAhead(user, aheadMs);
    const trader = traderOf(user, "", env);
    const { say, act, reports } = trader;
    const agree = (step: string) =>
      expectAgreement({ user, where: "", env, venueLog: null, reports }, step);
    /** Hour by hour, until it is so: the market goes its own way. */
    const waitUntil = async (isSo: () => Promise<boolean>) => {
      for (let hours = 0; !(await isSo()); hours += 1) {
        expect(hours, "hours waited for").toBeLessThan(500);
        aheadMs += HOUR_MS;
      }
    };
    const positions = () => say<readonly { financing: string; units: string }[]>("positions");
    const { expectedPrice } = await act("order buy EUR_USD 1000 --dry-run");
    const price = decimal(expectedPrice ?? "0").minus(decimal("0.0003"));
    const entry = `order buy EUR_USD 8000 --type limit --price ${price} --sl 3% --tp 4%`;
    const dry = await act(`${entry} --dry-run`);
    expect(dry.costs).toMatchObject({ commission: "0", realizedPl: null, before: null });
    await act(entry);
    await agree("limit entry");
    await waitUntil(async () => (await positions()).length > 0);
    await agree("fill");
    aheadMs += 24 * HOUR_MS;
    const [held] = await positions();
    expect(decimal(held?.financing ?? "0").isZero()).toBe(false);
    await agree("financing over a day's end");
    const breakEven = "positions modify EUR_USD --sl breakeven --json";
    await waitUntil(async () => (await user.run(breakEven, { env: env() })).code === 0);
    await agree("stop to break-even");
    await act("positions modify EUR_USD --trailing 50p");
    await agree("trailing");
    const part = await closeAsStated(trader, "positions close EUR_USD --units 25%");
    expect(part.units).toBe("2000");
    await agree("partial close");
    await closeAsStated(trader, "positions close --all");
    expect([await positions(), await say("order list")]).toEqual([[], []]);
    await agree("final close");
  });

  it("from the screen in a terminal agrees everywhere after each step", async () => {
    const venue = await scriptedVenue("USD");
    const user = newUser(SECRETS);
    await connectOanda(user, { url: venue.url, token: TOKEN }, "--region UK");
    const env = () => ({});
    const { say } = traderOf(user, "-c oanda", env);
    const agree = (step: string) =>
      expectAgreement(
        { user, where: "-c oanda", env, venueLog: () => logOf(venue), reports: [] },
        step,
      );
    const size = { columns: 130, rows: 40 };
    const screen = openScreen(user, "watch EUR_USD -c oanda", size);
    await screen.until("up", (text) => /PRACTICE +100,000\.00 USD/.test(text));
    const typed = async (words: string, what: string, shown: RegExp) => {
      await screen.press(":", ...words, ENTER);
      await screen.until(what, (text) => shown.test(text));
    };
    await typed(
      "order buy EUR_USD 10000 --type limit --price 1.09900 --sl 40p",
      "waiting",
      /Accepted and waiting: buy limit 10,000 EUR_USD/,
    );
    await screen.press(ENTER);
    await agree("limit entry");
    venue.price("1.09880", "1.09890");
    await screen.until("filled", (text) => /EUR_USD +long +10,000/.test(text));
    await agree("fill");
    venue.price("1.10200", "1.10210");
    await screen.until("in profit", (text) => text.includes("1.10200"));
    await screen.press("\t", "m");
    await screen.until("exits", (text) => text.includes("EXITS"));
    await screen.press(..."breakeven", "\t", "\t", ..."15p", ENTER);
    await screen.until("a question", (text) => text.includes("Press y"));
    await read();
    await screen.press("y");
    await screen.until("exits in place", (text) => text.includes("Exits in place"));
    const [held] = await say<readonly { trades: readonly object[] }[]>("positions");
    expect(held?.trades).toMatchObject([
      { stopLoss: "1.09890", trailingStop: { distance: "0.0015" } },
    ]);
    await agree("break-even and trailing");
    await screen.press("c");
    await screen.until("a close", (text) => text.includes("CLOSE"));
    await screen.press(..."30%", ENTER);
    await screen.until("what it costs", (text) => /result: realises about \+9\.30 USD/.test(text));
    await read();
    await screen.press("y");
    await screen.until("closed in part", (text) => /Sold 3,000 EUR_USD at 1\.10200/.test(text));
    await agree("partial close");
    venue.wait(Date.parse(nextRollover(venue.now())) - Date.parse(venue.now()) + HOUR_MS);
    venue.price("1.10250", "1.10260");
    await screen.until("a new price", (text) => text.includes("1.10250"));
    await agree("financing over a day's end");
    await screen.press("c");
    await screen.until("a close", (text) => text.includes("CLOSE"));
    await screen.press(ENTER);
    await screen.until("a question", (text) => text.includes("Press y"));
    await read();
    await screen.press("y");
    await screen.until("nothing open", (text) => text.includes("Nothing is open."));
    await agree("final close");
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });
});
