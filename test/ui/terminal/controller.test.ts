import { describe, expect, it } from "vitest";
import { UTC_TIMES } from "../../../src/ui/output/times.ts";
import { WatchController } from "../../../src/ui/terminal/controller.ts";
import { completed } from "../../../src/ui/terminal/dialogs/prompts.ts";
import { commandText } from "../../../src/ui/terminal/dialogs/ticket.ts";
import { BINDINGS } from "../../../src/ui/terminal/keys.ts";
import { screenLines } from "../../../src/ui/terminal/screen.ts";
import { plainText } from "../../../src/ui/terminal/spans.ts";
import { ACCOUNT_PANELS, PANELS, type PanelName } from "../../../src/ui/terminal/state.ts";
import type { Ask, Outcome, WatchActions } from "../../../src/ui/terminal/watch-desk.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NOW, snapshotOf } from "./live.ts";

const GOOD: Outcome = { level: "good", text: "done" };

type Told = { readonly name: string; readonly given: readonly unknown[] };

/** A screen whose actions are written down, and whose orders ask `word`. */
function open(word: string | null = null, panels: readonly PanelName[] = PANELS) {
  const clock = new FakeClock(NOW.wall, "manual");
  const told: Told[] = [];
  const answers: boolean[] = [];
  const noted =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      told.push({ name, given });
      return GOOD;
    };
  const asking =
    (name: string) =>
    async (...given: readonly unknown[]) => {
      told.push({ name, given });
      const ask = given.at(-1) as Ask;
      answers.push(await ask({ title: "Send it?", lines: [], environment: null, word }));
      return GOOD;
    };
  const actions: WatchActions = {
    verbs: ["order buy", "order list", "positions list"],
    placeTicket: asking("place"),
    close: asking("close"),
    changeExits: asking("exits"),
    cancel: asking("cancel"),
    halt: noted("halt"),
    resume: noted("resume"),
    connect: noted("connect"),
    disconnect: noted("disconnect"),
    refresh: () => void told.push({ name: "refresh", given: [] }),
    addInstrument: () => GOOD,
    removeInstrument: () => GOOD,
    instruments: async () => [{ name: "USD_JPY", displayName: "USD/JPY" }],
    run: async (words) => ({ title: words, text: "its output" }),
  };
  const controller = new WatchController({
    source: { subscribe: () => () => undefined, getSnapshot: () => snapshotOf() },
    actions,
    clock,
    times: UTC_TIMES,
    settings: { palette: "default", isAscii: false, panels },
  });
  const nothing = () => undefined;
  const stop = controller.start({
    quit: () => void told.push({ name: "quit", given: [] }),
    interrupt: nothing,
    suspend: nothing,
    redraw: nothing,
  });
  return {
    clock,
    told,
    answers,
    controller,
    stop,
    press: (...keys: readonly string[]) => {
      for (const key of keys) controller.press(key);
    },
    shown: () =>
      screenLines(controller.getView(), { columns: 90, rows: 30 }).map(plainText).join("\n"),
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

describe("the keys", () => {
  it("each mean one thing, and the help names all of them", () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
    const screen = open();
    screen.press("?");
    const pages = [screen.shown()];
    for (let page = 0; page < 4; page += 1) {
      screen.press("pgdn");
      pages.push(screen.shown());
    }
    for (const { help } of BINDINGS) expect(pages.join("\n")).toContain(help);
    screen.stop();
  });

  it("that do nothing now say why", () => {
    const screen = open();
    screen.press("x");
    expect(screen.shown()).toContain("There is no order that waits.");
    screen.press("C");
    expect(screen.shown()).toContain("It is connected, or being tried.");
    screen.stop();
  });

  it("of panels that a screen hasn't do nothing there, say so, and aren't in its help", () => {
    const screen = open(null, ACCOUNT_PANELS);
    for (const key of ["b", "s", "c", "m", "x", "a", "d"]) {
      screen.press(key);
      expect(screen.shown()).toContain("Not on this screen: tmt-broker watch.");
      screen.press("escape");
    }
    expect(screen.told).toEqual([]);
    expect(screen.shown()).toMatch(/ACCOUNTS[\s\S]*CONNECTIONS[\s\S]*ACTIVITY/);
    expect(screen.shown()).not.toMatch(/WATCHLIST|POSITIONS|ORDERS|buy/);
    screen.press("?");
    expect(screen.shown()).not.toContain("buy the chosen instrument");
    screen.press("escape", "tab", "h");
    expect(screen.told.map(({ name }) => name)).toEqual(["halt"]);
    screen.stop();
  });

  it("typed ahead over a slow line are pressed one after the other; a long text is none", () => {
    const screen = open();
    screen.controller.type("b5k");
    expect(screen.shown()).toContain("Size        5k");
    screen.press("escape");
    screen.controller.type("q".repeat(5_000));
    expect(screen.told).toEqual([]);
    screen.stop();
  });
});

describe("the ticket", () => {
  it("is the command that it stands for", () => {
    const account = { connection: "oanda", account: "101" };
    const ticket = {
      side: "sell",
      instrument: "USD_JPY",
      size: "1%",
      type: "limit",
      price: "155.2",
      stopLoss: "30p",
      takeProfit: "default",
      trailing: "",
      expires: "7d",
      account,
    } as const;
    expect(commandText(ticket)).toBe(
      "tmt-broker order sell USD_JPY --risk 1% --type limit --price 155.2 --expires 7d --sl 30p --tp -c oanda -a 101",
    );
  });

  it("needs an instrument and a size before anything is asked", () => {
    const screen = open();
    screen.press("b", "enter");
    expect(screen.shown()).toContain("The size is missing");
    expect(screen.told).toEqual([]);
    screen.stop();
  });

  it("starts no second order while one is under way", async () => {
    const screen = open();
    screen.press("b", "1", "k", "enter", "enter");
    await screen.settled();
    expect(screen.told.filter(({ name }) => name === "place")).toHaveLength(1);
    screen.stop();
  });
});

describe("a question (TY-09)", () => {
  const asked = async (word: string | null = null) => {
    const screen = open(word);
    screen.press("b", "1", "k", "enter");
    await screen.settled();
    expect(screen.shown()).toContain("Send it?");
    return screen;
  };

  it.each([
    ["at once", [0]],
    ["before it could be read", [399]],
    ["by a key that repeats", [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]],
    ["right after another key", [1_000, 249]],
  ] as const)("isn't answered with yes %s", async (_, pauses) => {
    const screen = await asked();
    for (const [index, pause] of pauses.entries()) {
      screen.clock.advance(pause);
      screen.press(pauses.length === 2 && index === 0 ? "a" : "y");
      await screen.settled();
    }
    expect(screen.answers).toEqual([]);
    screen.stop();
  });

  it("is answered with yes by a fresh key, once", async () => {
    const screen = await asked();
    screen.clock.advance(400);
    screen.press("y", "y", "y");
    await screen.settled();
    expect(screen.answers).toEqual([true]);
    expect(screen.shown()).toContain("done");
    screen.stop();
  });

  it("isn't answered by Enter, nor by what is pasted", async () => {
    const screen = await asked();
    screen.clock.advance(1_000);
    screen.press("enter");
    screen.clock.advance(1_000);
    screen.controller.paste("y");
    screen.controller.type("y\r");
    await screen.settled();
    expect(screen.answers).toEqual([]);
    screen.press("escape");
    await screen.settled();
    expect(screen.answers).toEqual([false]);
    screen.stop();
  });

  it("on real money wants its word, and an Enter of its own", async () => {
    const screen = await asked("yes");
    screen.clock.advance(1_000);
    screen.controller.type("yes\r");
    await screen.settled();
    expect(screen.answers).toEqual([]);
    screen.clock.advance(200);
    screen.press("enter");
    await screen.settled();
    expect(screen.answers).toEqual([true]);
    screen.stop();
  });

  it("that is open when the screen is closed is answered with no", async () => {
    const screen = await asked();
    screen.stop();
    await screen.settled();
    expect(screen.answers).toEqual([false]);
  });
});

describe("the command line", () => {
  it("completes as far as all commands agree", () => {
    const verbs = ["order buy", "order list", "positions list"];
    expect(completed("o", verbs)).toBe("order ");
    expect(completed("order b", verbs)).toBe("order buy ");
    expect(completed("x", verbs)).toBe("x");
  });

  it("shows the output, and recalls what was typed", async () => {
    const screen = open();
    screen.press(":", ..."order list", "enter");
    await screen.settled();
    expect(screen.shown()).toContain("its output");
    screen.press("escape", ":", "up");
    expect(screen.shown()).toContain(":order list");
    screen.stop();
  });

  it("filters what is shown, and Esc shows all again", () => {
    const screen = open();
    screen.press("/", ..."jpy", "enter");
    expect(screen.shown()).not.toContain("1.08512");
    screen.press("escape");
    expect(screen.shown()).toContain("1.08512");
    screen.stop();
  });

  it("quits with q", () => {
    const screen = open();
    screen.press(":", "q", "enter");
    expect(screen.told.map(({ name }) => name)).toEqual(["quit"]);
    screen.stop();
  });
});
