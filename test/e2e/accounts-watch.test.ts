import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { finished, newUser, PATIENCE, type Practice, startPractice } from "../support/program.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { connectOanda } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "correct horse battery", TMT_BROKER_TOKEN: TOKEN };
const ESCAPE = String.fromCharCode(27);

/** Collects what a program prints; `until` waits for it. */
function listening(child: ChildProcessWithoutNullStreams) {
  let text = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk) => {
    text += chunk;
    for (const look of waiting) look();
  });
  return {
    text: () => text,
    until: (wanted: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (wanted.test(text)) resolve();
        };
        waiting.add(look);
        look();
        child.on("close", () => reject(new Error(`ended without ${wanted}: ${text}`)));
      }),
  };
}

describe("accounts --watch", () => {
  const user = newUser(SECRETS);
  let practice: Practice;
  let screen: Screen;

  beforeAll(async () => {
    practice = await startPractice(`--token ${TOKEN} --accounts 2`);
    await connectOanda(user, practice);
    screen = openScreen(user, "accounts --all --watch", { columns: 140, rows: 24 });
  });

  it("shows every account, and totals of practice and paper money apart", async () => {
    await screen.until("all of them", (text) => text.split("100,000.00 USD").length >= 5);
    for (const id of practice.accounts) expect(screen.text()).toContain(id);
    expect(screen.text()).toMatch(/paper\/paper-001 +PAPER/);
    expect(screen.text()).toMatch(/Total of 2 PRACTICE +200,000\.00 USD/);
    expect(screen.text()).not.toContain("300,000");
    await screen.until("connected", (text) => /oanda +PRACTICE +\S Connected/.test(text));
    expect(screen.text()).not.toContain("WATCHLIST");
  });

  it("shows an execution of another program at once", async () => {
    const [first = ""] = practice.accounts;
    expect((await user.run(`order buy EUR_USD 5000 --sl -c oanda -a ${first}`)).code).toBe(0);
    await screen.until("the fill", (text) => /Filled: buy 5,000 EUR_USD/.test(text));
    await screen.until("its position", (text) => new RegExp(`${first} .* 1 +0 *$`, "m").test(text));
    expect(screen.text()).not.toContain("missed, read later");
  });

  it("trades nothing, and ends as it is told to", async () => {
    await screen.press("b");
    await screen.until("refused", (text) => text.includes("Not on this screen: tmt-broker watch."));
    await screen.press("q");
    expect(await screen.exit()).toMatchObject({ code: 0 });
    expect(screen.text()).toContain("Closed the watch. 1 position open, 0 orders waiting");
    expect(screen.isAlternate()).toBe(false);
  });

  it("with --plain tells every reading that changed a figure, in lines", async () => {
    const child = user.start("accounts --watch --plain -c oanda");
    const heard = listening(child);
    await heard.until(/^Total of 2 PRACTICE accounts: equity [\d,.]+ USD, open/m);
    expect(heard.text()).toMatch(/^Account .*: balance 100,000\.00 USD, .* free 100,000\.00 USD/m);
    // Its profit and loss moves with the price: the next reading has another one.
    await heard.until(/(Account \S+001: [\s\S]*){2}/);
    child.kill("SIGINT");
    expect((await finished(child)).code).toBe(130);
    expect(heard.text()).not.toContain(ESCAPE);
  });
});

describe("accounts --watch where it can't be", () => {
  it.each([
    ["accounts --watch", /accounts --watch needs a terminal.*accounts --watch --plain/s],
    ["accounts list --watch --json", /accounts --watch is for people.*accounts --json/s],
    ["accounts --plain", /--plain goes with --watch/],
  ])("%s exits 2 and says what to do instead", async (words, said) => {
    const { code, stdout, stderr } = await newUser().run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(said);
  });
});
