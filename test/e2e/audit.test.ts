import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it, vi } from "vitest";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import type { Instant } from "../../src/core/time.ts";
import type { ChainTail } from "../../src/ports/journal.ts";
import { newUser, PATIENCE, PROGRAM, type User, type Words } from "../support/program.ts";
import { configureOanda, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

type Event = {
  readonly sequence: number | null;
  readonly at: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
};

async function done(user: User, words: Words): Promise<string> {
  const { code, stdout, stderr } = await user.run(words);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function events(user: User, words: string): Promise<readonly Event[]> {
  return JSON.parse(await done(user, `history audit ${words} --json`));
}

/** A signal that was filled and closed by another order, one that was blocked, and one order of nobody's. */
async function aTrader(): Promise<User> {
  const user = newUser();
  await done(user, "config set risk.maxUnits 5000");
  await done(user, "order buy EUR_USD 1000 --sl 20p --signal sig-1 --agent alpha --client-id one");
  expect((await user.run("order buy EUR_USD 6000 --signal sig-2 --client-id two")).code).toBe(4);
  await done(user, "order buy USD_JPY 10 --sl 50p --client-id three");
  await done(user, "positions close EUR_USD");
  await done(user, "history sync");
  return user;
}

describe("the list of what was done", () => {
  it("says which setting was changed, and how", async () => {
    const user = newUser();
    await done(user, "config set risk.maxUnits 5000");
    await done(user, "config set display.timezone Asia/Tokyo");
    const listed = await done(user, "history audit");
    expect(listed).toContain("risk.maxUnits = 5000 (was 10000000)");
    expect(listed).toContain("display.timezone = Asia/Tokyo (was UTC)");
  });
});

describe("the audit trail of one connection", () => {
  it("tells what was done there alone, in lists, trails and reports", async () => {
    const venue = await openVenue();
    const user = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(user, venue);
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "order buy EUR_USD 2000 --sl 20p -c oanda");
    await done(user, "history sync");
    await done(user, "history sync -c oanda");
    const all = await events(user, "");
    const [here, there] = [await events(user, "-c paper"), await events(user, "-c oanda")];
    const placesOf = (some: readonly Event[]) => new Set(some.map(({ data }) => data.connection));
    expect([placesOf(here), placesOf(there)]).toEqual([new Set(["paper"]), new Set(["oanda"])]);
    expect(here.length + there.length).toBe(all.length);
    const orderId = String(here.at(-1)?.data.orderId);
    expect(there.at(-1)?.data.orderId).toBe(orderId);
    expect(placesOf(await events(user, `--order ${orderId}`)).size).toBe(2);
    for (const where of ["-c oanda", `-c oanda -a ${venue.account}`]) {
      expect(placesOf(await events(user, `--order ${orderId} ${where}`))).toEqual(
        new Set(["oanda"]),
      );
      const report = await done(user, `history audit --format csv ${where}`);
      const rows: readonly Record<string, string>[] = parse(report, { columns: true });
      expect(rows.map(({ connection }) => connection)).toEqual(there.map(() => "oanda"));
    }
    expect(await events(user, "-c oanda -a other")).toEqual([]);
  });
});

describe("the trail of a signal", () => {
  it("goes from who asked to the end of the trade, by the signal as by either id of its order", async () => {
    const user = await aTrader();
    const trail = await events(user, "--signal sig-1");
    expect(trail.map(({ kind }) => kind)).toEqual([
      "order.sent",
      "transaction.order",
      "transaction.fill",
      "transaction.order",
      "order.filled",
      "transaction.fill",
      "transaction.cancel",
    ]);
    const [sent, order, opening, , filled, closing] = trail;
    expect(sent?.data).toMatchObject({
      signalId: "sig-1",
      agent: "alpha",
      review: { ruleSet: expect.any(String), engine: expect.any(String) },
      actor: {
        session: "script",
        build: expect.stringMatching(/^[0-9a-f]{16}$/),
        configuration: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    });
    const [tradeId] = (filled?.data.tradeIds ?? []) as readonly string[];
    expect(opening?.data).toMatchObject({ orderId: filled?.data.orderId, clientOrderId: "one" });
    expect(closing?.data).toMatchObject({ trades: [{ tradeId, action: "closed" }] });
    for (const id of ["one", "@one", String(order?.data.orderId)]) {
      expect(await events(user, `--order ${id}`)).toEqual(trail);
    }
    const text = await done(user, "history audit --signal sig-1");
    for (const part of [
      /asked by +\w+, script, agent alpha/,
      /configuration [0-9a-f]{16}/,
      /wire +left once/,
      /ORDER_FILL .*trade \d+ opened/,
      /ORDER_FILL .*trade \d+ closed, P&L/,
      /reviewed by rule set .*engine/,
      /risk\.maxUnits +ok +1000 units, allowed 5000/,
    ]) {
      expect(text).toMatch(part);
    }
    expect(text).not.toContain("USD_JPY  ");
  });

  it("that was blocked says so: nothing left, and why", async () => {
    const text = await done(await aTrader(), "history audit --signal sig-2");
    expect(text).toMatch(/journal +never sent\n +wire +nothing left/);
    expect(text).toMatch(/blocked by risk\.maxUnits: 6000 units, allowed 5000/);
  });

  it("is found back from the transaction that closed its trade", async () => {
    const user = await aTrader();
    const trail = await events(user, "--signal sig-1");
    const closing = trail.findLast(({ kind }) => kind === "transaction.fill");
    const id = String(closing?.data.id);
    const shown = JSON.parse(await done(user, `history show ${id} --json`));
    expect(shown).toMatchObject({
      id,
      openedBy: [{ clientOrderId: "one", signalId: "sig-1", agent: "alpha" }],
    });
    expect(await done(user, `history show ${id}`)).toMatch(
      /Trade \d+ was opened by transaction \d+: order \d+, client id one, signal sig-1\./,
    );
  });

  it("of nobody is empty, and two at once aren't asked for", async () => {
    const user = await aTrader();
    expect(await events(user, "--signal nobody")).toEqual([]);
    expect((await user.run("history audit --signal a --order b")).code).toBe(2);
  });
});

describe("an audit report", () => {
  it("as CSV proves the chain by itself, and is the same bytes again", async () => {
    const user = await aTrader();
    const file = join(user.home, "audit.csv");
    expect(await done(user, ["history", "audit", "--format", "csv", "-o", file])).toBe("");
    const text = readFileSync(file, "utf8");
    expect(await done(user, "history audit --format csv")).toBe(text);
    const rows: readonly Record<string, string>[] = parse(text, { columns: true });
    let tail: ChainTail = null;
    for (const { sequence, at = "", kind = "", data = "", hash } of rows) {
      const entry = auditChain.link({ at: at as Instant, kind, data }, tail);
      expect([entry.sequence, entry.hash]).toEqual([Number(sequence), hash]);
      tail = entry;
    }
    expect(rows.find(({ clientOrderId }) => clientOrderId === "two")).toMatchObject({
      kind: "order.blocked",
      blockedBy: "risk.maxUnits",
      session: "script",
    });
  });

  it.skipIf(process.platform !== "linux")("names cron where it ran the command", async () => {
    const user = newUser();
    const cron = join(user.home, "cron");
    // A process has its file's name: this one looks as cron does to what it starts.
    copyFileSync("/bin/sh", cron);
    chmodSync(cron, 0o755);
    const line = `${process.execPath} ${PROGRAM} order buy EUR_USD 10 --sl; exit $?`;
    const script = `/bin/sh -c '${line}'; exit $?`;
    const ran = spawnSync(cron, ["-c", script], { env: user.env, encoding: "utf8" });
    expect(ran.status, ran.stderr).toBe(0);
    expect((await events(user, "")).map(({ data }) => data.actor)).toMatchObject([
      { session: "cron" },
      { session: "cron" },
    ]);
    expect(await done(user, "history audit")).not.toContain("script");
  });

  it("runs nothing in a spreadsheet, whatever a signal is called (SE-01)", async () => {
    const user = newUser();
    await done(user, [
      "order",
      "buy",
      "EUR_USD",
      "10",
      "--sl",
      "20p",
      "--signal",
      "=1+1",
      "--agent",
      "@a",
    ]);
    const [, row] = parse(await done(user, "history audit --format csv"), {
      relax_column_count: true,
    }) as readonly (readonly string[])[];
    expect(row).toContain("'=1+1");
    expect(row).toContain("'@a");
    expect(row?.filter((field) => /^[=+@\t\r-]/.test(field))).toEqual([]);
  });

  it("is of the span that is asked for, as JSON lines too", async () => {
    const user = await aTrader();
    const lines = (await done(user, "history audit --format jsonl --from 1h"))
      .trimEnd()
      .split("\n");
    const entries = await events(user, "");
    expect(lines.map((line) => JSON.parse(line))).toEqual(entries);
    expect(await done(user, "history audit --format jsonl --to 2020-01-01")).toBe("");
    expect(await events(user, "--to 2020-01-01")).toEqual([]);
    const from = String(entries.at(2)?.at);
    expect(await events(user, `--from ${from}`)).toEqual(entries.filter(({ at }) => at >= from));
  });
});
