import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { priceAt } from "../support/orders.ts";
import { type Finished, newUser, PATIENCE, PROGRAM, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const hasShell = (name: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

let user: User;
let orderId = "";

beforeAll(async () => {
  user = newUser();
  const price = await priceAt(user, -200);
  const order = await placed(`order buy EUR_USD 1000 --type limit --price ${price} --json`);
  orderId = order.json<{ orderId: string }>().orderId;
  await placed("order buy GBP_USD 1000");
  const bin = join(user.home, "bin");
  mkdirSync(bin);
  symlinkSync(PROGRAM, join(bin, "tmt-broker"));
});

/** On a busy computer an order may be held up for too long to be sent: then nothing was, and it is typed again. */
async function placed(words: string): Promise<Finished> {
  for (let tries = 1; ; tries += 1) {
    const result = await user.run(words);
    if (result.code === 0) return result;
    expect([result.code, tries < 10], result.stderr).toEqual([6, true]);
  }
}

/** A shell in which the program can be called by its name. */
function inShell(shell: readonly string[], script = ""): string {
  const [file = "", ...args] = shell;
  const path = `${join(user.home, "bin")}:${process.env.PATH}`;
  const env = { ...user.env, PATH: path, HOME: user.home };
  return execFileSync(file, args, { input: script, env, encoding: "utf8", cwd: user.home });
}

async function scriptFile(shell: string): Promise<string> {
  const file = join(user.home, `completion.${shell}`);
  writeFileSync(file, (await user.run(`completion ${shell}`)).stdout);
  return file;
}

/** What is offered at the end of each line; the shell's own order and marks don't count. */
type Cases = readonly (readonly [line: string, offered: readonly string[]])[];

const CASES: Cases = [
  ["tmt-broker or", ["order"]],
  ["tmt-broker order buy eur_us", ["EUR_USD"]],
  ["tmt-broker order buy EUR_USD 1000 --ti", ["--tif"]],
  ["tmt-broker order buy EUR_USD 1000 --type l", ["limit"]],
  [
    "tmt-broker config get risk.max",
    [
      ...["risk.maxDailyLoss", "risk.maxNotional", "risk.maxOrdersPerMinute"],
      ...["risk.maxSpreadPips", "risk.maxUnits"],
    ],
  ],
  ["tmt-broker -c pap", ["paper"]],
  ["tmt-broker nonsense ", []],
];

describe.skipIf(!hasShell("bash"))("completion in bash", () => {
  it("offers what can stand there", async () => {
    const file = await scriptFile("bash");
    const offered = (line: string) =>
      inShell(["bash", "--norc"], bashAsks(file, line)).split("\n").filter(Boolean).toSorted();
    for (const [line, expected] of CASES) expect(offered(line), line).toEqual(expected);
    expect(offered("tmt-broker order cancel ")).toEqual([orderId]);
    expect(offered("tmt-broker positions close G")).toEqual(["GBP_USD"]);
  });
});

/** Bash without a terminal completes nothing by itself: its function is called as it would call it. */
function bashAsks(file: string, line: string): string {
  return `source ${file}
compopt() { :; }
COMP_LINE='${line}' COMP_POINT=\${#COMP_LINE}
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
read -ra COMP_WORDS <<<"$COMP_LINE"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_tmt_broker
printf '%s\\n' "\${COMPREPLY[@]}"`;
}

describe.skipIf(!hasShell("fish"))("completion in fish", () => {
  it("offers what can stand there", async () => {
    const file = await scriptFile("fish");
    const offered = (line: string) =>
      inShell(["fish", "--no-config", "-c", `source ${file}; complete -C '${line}'`])
        .split("\n")
        .filter(Boolean)
        .map((each) => each.split("\t")[0])
        .toSorted();
    for (const [line, expected] of CASES) expect(offered(line), line).toEqual(expected);
    expect(offered("tmt-broker order cancel ")).toEqual([orderId]);
  });
});

describe.skipIf(!hasShell("zsh"))("completion in zsh", () => {
  it("offers what can stand there", async () => {
    const file = await scriptFile("zsh");
    const offered = (line: string) =>
      inShell(["zsh", "-f"], zshAsks(file, line))
        .split("\n")
        .filter(Boolean)
        .map((each) => each.split(":")[0])
        .toSorted();
    for (const [line, expected] of CASES) expect(offered(line), line).toEqual(expected);
    expect(offered("tmt-broker order cancel ")).toEqual([orderId]);
  });
});

/** Zsh completes at its own line editor only: what it would show is printed instead. */
function zshAsks(file: string, line: string): string {
  return `compdef() { : }
_describe() { print -l -- "\${(@P)3}" }
source ${file}
words=("\${(@s: :)\${:-${line}}}"); CURRENT=$#words
_tmt-broker || :`;
}
