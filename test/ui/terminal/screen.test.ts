import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { addMs } from "../../../src/core/time.ts";
import type { LiveEvent } from "../../../src/ports/live.ts";
import { ASCII, UNICODE } from "../../../src/ui/terminal/glyphs.ts";
import { PALETTE_NAMES, paint } from "../../../src/ui/terminal/palette.ts";
import { ageLabel, LONGEST_FRAME_MS } from "../../../src/ui/terminal/panels/view.ts";
import { screenLines } from "../../../src/ui/terminal/screen.ts";
import { lineWidth, padTo, plainText, widthOf } from "../../../src/ui/terminal/spans.ts";
import { type Dialog, PANELS } from "../../../src/ui/terminal/state.ts";
import {
  EUR_USD,
  liveAccount,
  liveConnection,
  livePosition,
  liveQuote,
  NOW,
  snapshotOf,
  trade,
  viewOf,
} from "./live.ts";

const ESCAPE = String.fromCharCode(27);
const SIZE = { columns: 80, rows: 24 };
const TARGET = { connection: "paper", account: "001", instrument: "EUR_USD" };

const DIALOGS: readonly (Dialog | null)[] = [
  null,
  { kind: "help", top: 3 },
  { kind: "filter", text: "eur" },
  { kind: "command", text: "order", recall: -1 },
  { kind: "close", target: TARGET, text: "50%" },
  { kind: "exits", target: TARGET, field: 0, form: { stopLoss: "", takeProfit: "", trailing: "" } },
  { kind: "output", title: "positions", lines: ["one", "two"], top: 0 },
  { kind: "picker", account: TARGET, text: "u", index: 0, choices: [EUR_USD] },
  {
    kind: "ticket",
    field: 2,
    accounts: [TARGET],
    ticket: {
      side: "buy",
      instrument: "EUR_USD",
      size: "10k",
      type: "limit",
      price: "1.08",
      stopLoss: "default",
      takeProfit: "",
      trailing: "",
      expires: "",
      account: TARGET,
    },
  },
  {
    kind: "question",
    question: { title: "BUY", lines: ["x".repeat(300)], environment: "live", word: "yes" },
    typed: "ye",
    top: 0,
    openedAtMs: 0,
    lastKeyMs: 0,
    behind: null,
  },
];

const text = (view: ReturnType<typeof viewOf>, size = SIZE) =>
  screenLines(view, size).map(plainText).join("\n");

describe("the screen", () => {
  it("for all sizes, dialogs and panels has exactly as many lines and cells (TY-02)", () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 260 }),
      rows: fc.integer({ min: 1, max: 90 }),
    });
    const names = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 40 });
    fc.assert(
      fc.property(
        size,
        fc.record({ dialog: fc.constantFrom(...DIALOGS), focus: fc.constantFrom(...PANELS) }),
        names,
        (screen, state, instruments) => {
          const quotes = instruments.map((instrument) => liveQuote({ instrument }));
          const lines = screenLines(viewOf({ quotes }, state), screen);
          expect(lines).toHaveLength(screen.rows);
          expect(lines.map(lineWidth)).toEqual(lines.map(() => screen.columns));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("for all texts of a broker holds no control character and no text direction (TY-07)", () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        "a",
        ESCAPE,
        "\u0007",
        "\u009b",
        "\n",
        "\u202e",
        "\u200f",
        "[2J",
        "]0;x",
      ),
      maxLength: 30,
    });
    fc.assert(
      fc.property(hostile, hostile, (name, alias) => {
        const shown = text(
          viewOf({
            connections: [liveConnection({ name, detail: alias, status: "reconnecting" })],
            quotes: [liveQuote({ instrument: name, connection: alias })],
            accounts: [
              liveAccount({ alias, positions: [livePosition([trade({ instrument: name })])] }),
            ],
          }),
        );
        expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 100 },
    );
  });

  it("shows prices with their precision, the spread in pips, and the distance to the stop", () => {
    const shown = text(viewOf());
    expect(shown).toMatch(/EUR_USD +1\.08500 +1\.08512 +▲ +1\.2/);
    expect(shown).toMatch(/EUR_USD +long +10,000 +1\.08400 +1\.08500 +\+10\.00 USD +30\.0p/);
  });

  it("says that a position has no stop, or only a part of it", () => {
    const bare = trade({ id: "8", stopLoss: null });
    const with_ = (trades: readonly ReturnType<typeof trade>[]) =>
      text(viewOf({ accounts: [liveAccount({ positions: [livePosition(trades)] })] }), {
        columns: 110,
        rows: 24,
      });
    expect(with_([bare])).toMatch(/EUR_USD +long.* none/);
    expect(with_([trade(), bare])).toMatch(/EUR_USD +long.*30\.0p, partly/);
  });

  it("dims what is old, keeps its age, and calls a P&L old that is the broker's last", () => {
    const old = viewOf({
      quotes: [liveQuote({ isStale: true, age: { ms: 95_000, at: NOW } })],
      accounts: [
        liveAccount({ status: "stale", positions: [livePosition([trade()], { isLive: false })] }),
      ],
    });
    const row = screenLines(old, SIZE).find((line) => plainText(line).includes("1.08500  1.08512"));
    expect(row?.filter(({ text: part }) => part.includes("1.085")).map(({ role }) => role)).toEqual(
      ["dim", "dim"],
    );
    expect(text(old)).toMatch(/EUR_USD.* 96s +stale/);
    expect(text(old)).toContain("+10.00 USD (old)");
  });

  it("says that nothing is open only where that is known", () => {
    const nothing = { positions: [], pendingOrders: [] };
    expect(text(viewOf({ accounts: [liveAccount(nothing)] }))).toContain("Nothing is open.");
    const unknown = text(viewOf({ accounts: [liveAccount({ ...nothing, account: null })] }));
    expect(unknown).not.toContain("Nothing is open.");
    expect(unknown).not.toContain("No order waits.");
  });

  it("shows a long message whole", () => {
    const notice = { level: "bad", text: `${"nothing was sent ".repeat(9)}END` } as const;
    expect(text(viewOf({}, { notice }))).toContain("END");
  });

  it("marks real money in words and all over the first line, whatever else is shown beside it", () => {
    const view = viewOf({
      connections: [liveConnection(), liveConnection({ name: "main", environment: "live" })],
    });
    const [first] = screenLines(view, SIZE);
    expect(first?.every(({ role }) => role === "live")).toBe(true);
    expect(plainText(first ?? [])).toMatch(/^!LIVE! PAPER/);
  });

  it("never adds real money and play money together", () => {
    const total = {
      currency: "USD",
      accounts: 2,
      balance: decimal("1"),
      unrealizedPl: decimal("-2"),
      marginUsed: decimal("0"),
      marginAvailable: decimal("0"),
    };
    const view = viewOf({
      totals: [
        { ...total, environment: "live", equity: decimal("5000") },
        { ...total, environment: "paper", equity: decimal("7") },
      ],
    });
    expect(text(view)).toMatch(/Total of 2 !LIVE! +5,000\.00 USD/);
    expect(text(view)).toMatch(/Total of 2 PAPER +7\.00 USD/);
  });

  it("names what keeps a connection from trading", () => {
    const halt = { since: NOW.wall, reason: "news" };
    const records = new Map([
      ["paper", { halt, breaker: "open", budget: null, isOff: false } as const],
    ]);
    const shown = text(viewOf({ records }));
    expect(shown).toContain("HALTED: all");
    expect(shown).toMatch(/open +- +HALTED: news/);
  });

  it("counts change from the day's opening, and says so where it can only count from its own", () => {
    const trails = { of: () => ({ mids: [1.09], firstMid: decimal("1.09") }) };
    const size = { columns: 110, rows: 30 };
    const own = text({ ...viewOf(), trails }, size);
    expect(own).toMatch(/WATCHLIST .* Since opened /);
    expect(own).toMatch(/EUR_USD .* -0\.45% /);
    const before = text({ ...viewOf({ dayOpenings: null }), trails }, size);
    expect(before).toMatch(/WATCHLIST .* Day /);
    expect(before).not.toMatch(/EUR_USD .*%/);
    const dayOpenings = new Map([["paper EUR_USD", decimal("1.08")]]);
    const quotes = [liveQuote(), liveQuote({ instrument: "GBP_USD" })];
    const ofDay = text({ ...viewOf({ dayOpenings, quotes }), trails }, size);
    expect(ofDay).toMatch(/WATCHLIST .* Day /);
    expect(ofDay).toMatch(/EUR_USD .* \+0\.47% /);
    expect(ofDay).toMatch(/GBP_USD .* 1\.2 +- /);
  });

  it("tells once that a connection is paused, whatever the seconds of each try are", () => {
    const tried = (second: number): LiveEvent => ({
      kind: "status",
      connection: "paper",
      status: "reconnecting",
      detail: `It is paused, and tried again in ${20 - second} s.`,
      receivedAt: addMs(NOW.wall, second * 1_000),
    });
    const shown = text(viewOf({ events: [tried(9), tried(6), tried(3)] }), SIZE);
    expect(shown.match(/It is paused/g)).toHaveLength(1);
    expect(shown).toContain("12:00:09 paper reconnecting");
  });

  it("shows equity in its first line whole, or not at all", () => {
    const [usd] = [liveAccount()].flatMap(({ account }) => account ?? []);
    if (!usd) throw new Error("no account");
    const total = {
      ...usd,
      environment: "paper",
      accounts: 1,
      equity: decimal("199999.5"),
    } as const;
    for (let columns = 1; columns <= 90; columns += 1) {
      const [first = ""] = text(viewOf({ totals: [total] }), { columns, rows: 20 }).split("\n");
      if (/\d/.test(first.replace(/\d\d:\d\d:\d\dZ/, "")))
        expect(first).toContain("199,999.50 USD +10.00");
    }
    expect(text(viewOf({ totals: [total] }), SIZE)).toContain("199,999.50 USD +10.00");
  });

  it("keeps the panel with the focus in sight at any height", () => {
    for (const focus of PANELS) {
      const shown = text(viewOf({}, { focus }), { columns: 60, rows: 7 });
      expect(shown).toContain(focus.toUpperCase());
    }
  });

  it("with the ASCII set has only ASCII (TY-08)", () => {
    const mids = [1, 2, 3, 2, 1];
    const view = {
      ...viewOf(),
      glyphs: ASCII,
      trails: { of: () => ({ mids, firstMid: decimal("1") }) },
    };
    expect(text(view, { columns: 160, rows: 40 })).toMatch(/^[ -~\n]*$/);
    expect(text({ ...view, glyphs: UNICODE }, { columns: 160, rows: 40 })).toMatch(/[▁-█]/);
  });
});

describe("an age", () => {
  it("for all ages is never below the true one while it is shown (P11)", () => {
    const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 0, max: LONGEST_FRAME_MS }),
        (ageMs, laterMs) => {
          const [, count = "", unit = "s"] = /^(\d+)([smh])$/.exec(ageLabel(ageMs)) ?? [];
          expect(Number(count) * units[unit as keyof typeof units]).toBeGreaterThanOrEqual(
            ageMs + laterMs,
          );
        },
      ),
    );
  });
});

describe("a palette", () => {
  it.each(PALETTE_NAMES)("%s closes every colour that it opens, and keeps the text", (name) => {
    const line = screenLines(viewOf(), SIZE)[1] ?? [];
    const painted = paint(line, name);
    const codes = new RegExp(`${ESCAPE}\\[([0-9;]*)m`, "g");
    const open = [...painted.matchAll(codes)].map(([, parameters]) => parameters);
    expect(open.filter((parameters) => parameters === "0")).toHaveLength(open.length / 2);
    expect(open.filter((_, index) => index % 2 === 1)).toEqual(Array(open.length / 2).fill("0"));
    expect(painted.replaceAll(codes, "").trimEnd()).toBe(plainText(line).trimEnd());
  });

  it("leaves no line without a letter, which would take no line of the screen", () => {
    const lines = screenLines(viewOf(), { columns: 80, rows: 50 });
    expect(lines.map((line) => paint(line, "default")).filter((line) => line === "")).toEqual([]);
  });

  it("none has no colour at all", () => {
    const painted = screenLines(snapshotView(), SIZE)
      .map((line) => paint(line, "none"))
      .join("");
    expect(painted).not.toMatch(new RegExp(`${ESCAPE}\\[[0-9;]*\\b[349][0-7]\\b`));
  });
});

const snapshotView = () => ({ ...viewOf(), snapshot: snapshotOf() });

describe("text in cells", () => {
  it("for all texts and widths is exactly as wide, also where letters are wide or combined (TY-04)", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "\u6f22", "e\u0301", "\u{1f600}", "\u05d0", " "),
    });
    fc.assert(
      fc.property(letters, fc.integer({ min: 0, max: 30 }), (letter, width) => {
        expect(widthOf(padTo(letter, width))).toBe(width);
      }),
    );
  });
});
