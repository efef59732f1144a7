import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type CutLine, openCutLine } from "../support/cut-line.ts";
import { newUser, PATIENCE, type Practice, startPractice, type User } from "../support/program.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import {
  configureLive,
  configureOanda,
  connectOanda,
  LIVE_ACCOUNT,
  openVenue,
  ordersSent,
} from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
/** The token in the environment is quicker than opening the encrypted file for every command. */
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse battery", TMT_BROKER_TOKEN: TOKEN };
const ENTER = "\r";
const ESCAPE = String.fromCharCode(27);
const STAIR_MS = 6_000;

/** A question takes no key at once: whoever reads it is that slow. */
const read = () => new Promise((resolve) => setTimeout(resolve, 700));

const bidOf = (text: string) => /EUR_USD +(\d\.\d{5})/.exec(text)?.[1];

/** Prices that fall by 30 pips every few seconds: whatever was bought with a stop of 20 is stopped out soon. */
function fallingFeed(user: User): string {
  const file = join(user.home, "falling.csv");
  const start = Date.parse("2026-11-23T10:00:00Z");
  const rows = Array.from({ length: 1_200 }, (_, half) => {
    const ms = half * 500;
    const bid = 130_000 - Math.floor(ms / STAIR_MS) * 300 + (half % 2);
    const price = (value: number) => (value / 100_000).toFixed(5);
    return `${new Date(start + ms).toISOString()},EUR_USD,${price(bid)},${price(bid + 10)}`;
  });
  writeFileSync(file, ["time,instrument,bid,ask", ...rows].join("\n"));
  return file;
}

/** Fills the ticket that is open: only the size, for the instrument is the chosen one. */
async function order(screen: Screen, size: string): Promise<void> {
  await screen.until("a ticket", (text) => text.includes("ORDER TICKET"));
  await screen.press(...size, ENTER);
  await screen.until("a question", (text) => text.includes("Press y to send it"));
}

describe("trading from the screen", () => {
  const user = newUser(SECRETS);
  let practice: Practice;
  let screen: Screen;

  beforeAll(async () => {
    practice = await startPractice(`--token ${TOKEN} --feed ${fallingFeed(newUser())}`);
    await connectOanda(user, practice);
    screen = openScreen(user, "watch EUR_USD -c oanda", { columns: 100, rows: 34 });
  });

  it("shows prices that move, and the account as PRACTICE", async () => {
    await screen.until("up", (text) => bidOf(text) !== undefined && text.includes("Connected"));
    const first = bidOf(screen.text());
    await screen.until("moved", (text) => bidOf(text) !== first);
    await screen.until("with an account", (text) => /PRACTICE +100,000\.00 USD/.test(text));
    await screen.until("with its changes", (text) => /EUR_USD .*\d%/.test(text));
    // Their heading never was another.
    expect(screen.text()).toMatch(/WATCHLIST .* Day /);
    expect(screen.written()).not.toContain("Since opened");
  });

  it("reviews an order as the command line does, sends nothing after Esc, and the order after y", async () => {
    await screen.press("b");
    await order(screen, "10k");
    const shown = screen.text();
    expect(shown).toMatch(/PRACTICE BUY 10,000 EUR_USD at about \d\.\d{5}/);
    expect(shown).toMatch(/spread +1 pips/);
    expect(shown).toMatch(/stop +\d\.\d{5}/);
    expect(shown).toMatch(/costs +spread 1\.00 USD, commission not known, financing -/);
    expect(shown).toMatch(/margin +takes \d+\.\d\d USD, leaves [\d,.]+ USD/);
    expect(shown).toMatch(/worst case +20\.00 USD lost at the stop; more through a gap/);
    expect(shown).toMatch(/risk\.maxUnits +ok/);
    expect(shown).toContain("same as: tmt-broker order buy EUR_USD 10k --sl -c oanda");
    await screen.press(ESCAPE);
    await screen.until("back", (text) => text.includes("Not confirmed. Nothing was sent."));
    expect((await practice.log()).some(({ type }) => type === "MARKET_ORDER")).toBe(false);
    await screen.press(ENTER);
    await screen.until("a question", (text) => text.includes("Press y to send it"));
    await read();
    await screen.press("y");
    await screen.until("bought", (text) => /\[PRACTICE\] Bought 10,000 EUR_USD at/.test(text));
    const [fill] = (await practice.log()).filter(({ type }) => type === "ORDER_FILL");
    expect(fill?.units).toBe("10000");
  });

  it("shows the stop that was hit at once, and what it cost", async () => {
    await screen.until("stopped out", (text) =>
      /Filled: sell 10,000 EUR_USD at \d\.\d+, -\d+\.\d\d USD/.test(text),
    );
    await screen.until("nothing open", (text) => text.includes("Nothing is open."));
  });

  it("a confirm key that is held down since before confirms nothing (TY-09)", async () => {
    const before = (await practice.log()).length;
    await screen.press("b");
    await screen.until("a ticket", (text) => text.includes("ORDER TICKET"));
    await screen.press(..."5k", ENTER);
    for (let repeat = 0; repeat < 20; repeat += 1) await screen.press("y");
    await screen.until("a question", (text) => text.includes("Press y to send it"));
    expect(await practice.log()).toHaveLength(before);
    await screen.press(ESCAPE, ESCAPE);
    await screen.until("closed", (text) => !text.includes("TICKET"));
  });

  it("halts and resumes a connection, and says so while it is halted", async () => {
    await screen.press("\t", "\t", "\t", "\t", "h");
    await screen.until("halted", (text) => /HALTED: all/.test(text));
    expect((await user.run("connect status oanda --json")).json<unknown[]>()).toMatchObject([
      { halted: true },
    ]);
    await screen.press("h");
    await screen.until("resumed", (text) => !text.includes("HALTED: all"));
  });

  it("runs any command, and disconnects and connects by hand", async () => {
    await screen.press(":", ..."order list --state all", ENTER);
    await screen.until("its output", (text) => /Order +Instrument +Type/.test(text));
    expect(screen.text()).toMatch(/market +buy +10,000/);
    await screen.press(ENTER);
    await screen.until("closed", (text) => !text.includes("order list --state all"));
    // Of what is about everything, the screen's own choice of a connection makes nothing else.
    await screen.press(":", ..."history retention", ENTER);
    await screen.until("an answer", (text) => text.includes("tmt-broker history retention"));
    await screen.until("what is held", (text) => /audit +\d+ .*for good/.test(text));
    await screen.press(ENTER);
    await screen.press("D");
    await screen.until("disconnected", (text) => text.includes("Disconnected (by hand)"));
    await screen.press("C");
    await screen.until("connected", (text) => /oanda +PRACTICE +\S Connected/.test(text));
  });

  it("quits with what stays behind", async () => {
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
    expect(screen.text()).toContain("Closed the watch. 0 positions open, 0 orders waiting");
  });
});

describe("a broker that comes up only after the screen", () => {
  it.each([
    ["is there within five seconds, for its absence opened no breaker", 0],
    ["is there as soon, also where other commands opened the breaker before", 5],
  ])("%s", async (_, failedBefore) => {
    const user = newUser(SECRETS);
    const venue = await openVenue({ token: TOKEN });
    const line = await openCutLine(venue.url);
    configureOanda(user, { url: line.url, account: venue.account });
    line.cut();
    for (let run = 0; run < failedBefore; run += 1) {
      expect((await user.run("order list --state filled -c oanda")).code).toBe(6);
    }
    const refusedBefore = line.refused;
    const screen = openScreen(user, "watch EUR_USD -c oanda", { columns: 100, rows: 34 });
    // Readings of the account would have opened it by then.
    await screen.until("tried", () => line.refused - refusedBefore >= (failedBefore > 0 ? 8 : 22));
    expect(screen.text()).toMatch(/oanda \S (Disconnected|Reconnecting)/);
    line.mend();
    const mendedAt = performance.now();
    await screen.until("up", (text) => /oanda \S Connected +100,000\.00 USD/.test(text));
    expect(performance.now() - mendedAt).toBeLessThan(5_000);
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
  });
});

describe("a line that is cut", () => {
  const user = newUser(SECRETS);
  let line: CutLine;
  let screen: Screen;

  it("is told within ten seconds, and its prices and figures are old until it is back", async () => {
    const venue = await openVenue({ token: TOKEN });
    line = await openCutLine(venue.url);
    await connectOanda(user, { url: line.url, token: TOKEN });
    const direct = newUser(SECRETS);
    await connectOanda(direct, venue);
    screen = openScreen(user, "watch EUR_USD -c oanda", { columns: 100, rows: 34 });
    await screen.until("up", (text) => bidOf(text) !== undefined && /PRACTICE +100,000/.test(text));
    // The age of the price that a stream begins with can't be told.
    const first = bidOf(screen.text());
    await screen.until("moved", (text) => bidOf(text) !== first);
    const cutAt = performance.now();
    line.cut();
    await screen.until("disconnected", (text) => /oanda \S Disconnected/.test(text));
    expect(performance.now() - cutAt).toBeLessThan(10_000);
    await screen.until("old", (text) => /EUR_USD .* [2-9]s +stale/.test(text));
    const row = screen.lines().findIndex((text) => text.startsWith("EUR_USD"));
    expect(screen.cell(screen.lines()[row]?.indexOf(".") ?? 0, row).isDim).toBe(true);
    // What happens meanwhile is not missed.
    const bought = await direct.run("order buy EUR_USD 2000 --sl 50p -c oanda");
    expect(bought.code, bought.stderr).toBe(0);
    line.mend();
    const mendedAt = performance.now();
    await screen.until("back", (text) => /oanda \S Connected/.test(text));
    expect(performance.now() - mendedAt).toBeLessThan(5_000);
    await screen.until("with what was missed", (text) =>
      /Filled: buy 2,000 EUR_USD .*missed, read later/.test(text),
    );
    await screen.until("open", (text) => /EUR_USD +long +2,000/.test(text));
    await screen.press("q");
    await screen.exit();
  });
});

describe("a live connection", () => {
  it("is marked all over, and asks for a word that is typed", async () => {
    const user = newUser({ TMT_BROKER_TOKEN: TOKEN });
    const venue = await openVenue({ account: LIVE_ACCOUNT });
    configureLive(user, venue);
    const screen = openScreen(user, "watch EUR_USD -c main", { columns: 100, rows: 34 });
    await screen.until("up", (text) => bidOf(text) !== undefined && /USD/.test(text));
    expect(screen.lines()[0]).toContain("!LIVE!");
    expect(screen.cell(60, 0).background).toBe(1);
    await screen.press("b");
    await screen.until("a ticket", (text) => text.includes("ORDER TICKET"));
    await screen.press(..."1k", ENTER);
    await screen.until("a question", (text) => text.includes("Type yes and Enter"));
    await read();
    await screen.press("y");
    await read();
    screen.send(`es${ENTER}`);
    await read();
    expect(ordersSent(venue)).toEqual([]);
    await screen.press(ENTER);
    await screen.until("bought", (text) => /\[LIVE\] Bought 1,000 EUR_USD/.test(text));
    expect(ordersSent(venue)).toHaveLength(1);
    await screen.press("q");
    await screen.exit();
  });
});
