import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE } from "../support/program.ts";
import { openTerminal } from "../support/pseudo-terminal.ts";
import {
  configureLive,
  LIVE_ACCOUNT,
  openVenue,
  ordersSent,
  type Venue,
} from "../support/venue.ts";

vi.setConfig(PATIENCE);

const ENTER = "\r";
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const ESCAPE = String.fromCharCode(27);
const QUESTION = "Send this order with real money?";

describe("the question for a token", () => {
  const user = newUser({ TMT_BROKER_PASSPHRASE: "correct horse" });
  let venue: Venue;

  beforeAll(async () => {
    venue = await openVenue();
  });

  it("doesn't show what is typed", async () => {
    const words = `connect add oanda --host ${venue.url} --store file`;
    const terminal = openTerminal(user, words);
    await terminal.untilShown("Token (not shown): ");
    terminal.type(venue.token + ENTER);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.seen()).toMatch(/^Token \(not shown\): \r\n.*Added oanda/m);
    expect(terminal.shown()).not.toContain(venue.token);
  });

  it("ends with Ctrl-C: exit 130, and nothing is stored", async () => {
    const other = newUser();
    const terminal = openTerminal(other, `connect add oanda --host ${venue.url} --store file`);
    await terminal.untilShown("Token (not shown): ");
    terminal.type(`half-a-token${CTRL_C}`);
    expect(await terminal.exit()).toBe(130);
    expect(terminal.shown()).not.toContain("half-a-token");
    expect(existsSync(join(other.home, "config.toml"))).toBe(false);
  });

  it("asks for the passphrase of the file too, and doesn't show it", async () => {
    const other = newUser();
    const terminal = openTerminal(other, `connect add oanda --host ${venue.url} --store file`);
    await terminal.untilShown("Token (not shown): ");
    terminal.type(venue.token + ENTER);
    await terminal.untilShown("Passphrase of the credential file (not shown): ");
    terminal.type(`battery staple${ENTER}`);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.shown()).not.toContain("staple");
  });
});

describe("an order with real money on a terminal", () => {
  const user = newUser({ TMT_BROKER_TOKEN: "token-of-the-test" });
  let venue: Venue;

  beforeAll(async () => {
    venue = await openVenue({ account: LIVE_ACCOUNT });
    configureLive(user, venue);
  });

  it.each(["no", "", "y", "YES PLEASE"])('isn\'t sent after "%s"', async (answer) => {
    const terminal = openTerminal(user, "order buy EUR_USD 1000 --sl -c main");
    await terminal.untilShown(QUESTION);
    terminal.type(answer + ENTER);
    expect(await terminal.exit()).toBe(10);
    expect(terminal.shown()).toContain("Not confirmed. Nothing was sent.");
    expect(ordersSent(venue)).toEqual([]);
  });

  it("isn't sent after Ctrl-C: exit 130", async () => {
    const terminal = openTerminal(user, "order buy EUR_USD 1000 --sl -c main");
    await terminal.untilShown(QUESTION);
    terminal.type(CTRL_C);
    expect(await terminal.exit()).toBe(130);
    expect(ordersSent(venue)).toEqual([]);
  });

  it("isn't sent after Ctrl-D", async () => {
    const terminal = openTerminal(user, "order buy EUR_USD 1000 --sl -c main");
    await terminal.untilShown(QUESTION);
    terminal.type(CTRL_D);
    expect([10, 130]).toContain(await terminal.exit());
    expect(ordersSent(venue)).toEqual([]);
  });

  it("is sent after yes, once, having shown size, price, stop and account", async () => {
    const terminal = openTerminal(user, "order buy EUR_USD 1000 --sl -c main");
    await terminal.untilShown(QUESTION);
    const shown = terminal.shown();
    expect(shown).toMatch(/LIVE.* buy 1000 EUR_USD at about \d\.\d/);
    expect(shown).toMatch(/stop loss \d\.\d/);
    expect(shown).toContain(LIVE_ACCOUNT);
    expect(terminal.seen()).toContain(`${QUESTION} Type yes to go on: `);
    terminal.type(`yes${ENTER}`);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.shown()).toContain("Bought 1,000 EUR_USD");
    expect(ordersSent(venue)).toHaveLength(1);
  });

  it("is asked about when positions close, too", async () => {
    const terminal = openTerminal(user, "positions close EUR_USD -c main");
    await terminal.untilShown(QUESTION);
    terminal.type(`no${ENTER}`);
    expect(await terminal.exit()).toBe(10);
    expect(ordersSent(venue)).toHaveLength(1);
  });
});

describe("the output on a terminal", () => {
  const user = newUser();

  it("is in colour, and says the same without", async () => {
    const terminal = openTerminal(user, "order buy EUR_USD 1000 --sl");
    expect(await terminal.exit()).toBe(0);
    expect(terminal.shown()).toContain(`${ESCAPE}[`);
    expect(terminal.shown()).toMatch(/PAPER/);
    const plain = openTerminal(user, "positions --no-color");
    expect(await plain.exit()).toBe(0);
    expect(plain.shown()).toContain("[PAPER]");
    expect(plain.shown()).not.toContain(ESCAPE);
  });

  it("tells a mistake without a stack", async () => {
    const terminal = openTerminal(user, "order buy EUR_USD 1e5");
    expect(await terminal.exit()).toBe(2);
    expect(terminal.shown()).toContain('"1e5" is not a size');
    expect(terminal.shown()).not.toMatch(/^ +at /m);
  });
});
