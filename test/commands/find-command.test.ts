import { describe, expect, it } from "vitest";
import { CATALOG, isLeaf } from "../../src/commands/catalog.ts";
import { findCommand } from "../../src/commands/find-command.ts";
import { Failure } from "../../src/core/failures.ts";

function failureOf(...argv: string[]): Failure {
  try {
    findCommand(argv);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("a failure was expected");
}

describe("finding a command", () => {
  it.each([
    [["order", "buy", "EUR_USD", "10k"], "order buy", ["EUR_USD", "10k"]],
    [["-c", "oanda", "order", "buy", "EUR_USD"], "order buy", ["-c", "oanda", "EUR_USD"]],
    [["order", "-c", "order", "buy"], "order buy", ["-c", "order"]],
    [["--connection=x", "--json", "order", "--account", "buy", "sell"], "order sell", undefined],
    [["accounts"], "accounts list", []],
    [["positions", "--json", "-c", "paper"], "positions list", ["--json", "-c", "paper"]],
    [["config"], "config list", []],
    [["order", "buy", "buy"], "order buy", ["buy"]],
  ])("%j is %s", (argv, words, rest) => {
    const found = findCommand(argv);
    expect(found.words.join(" ")).toBe(words);
    if (rest) expect(found.rest).toEqual(rest);
  });

  it.each([
    [["ordr", "buy"], "order"],
    [["oder"], "order"],
    [["postions"], "positions"],
    [["acounts"], "accounts"],
    [["order", "bu"], "buy"],
    [["order", "slel"], "sell"],
    [["positions", "clsoe"], "close"],
    [["connect", "tset"], "test"],
  ])("CI-01 %j is refused with the nearest name", (argv, nearest) => {
    const failure = failureOf(...argv);
    expect(failure.code).toBe("USAGE");
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.hint).toBe(`Did you mean "${nearest}"?`);
  });

  it("CI-01 what is like nothing is refused with everything there is", () => {
    expect(failureOf("xyzzyplugh").hint).toContain("connect, accounts, order");
    expect(failureOf("order", "xyzzyplugh").hint).toContain("buy, sell");
  });

  it("a missing word is told", () => {
    expect(failureOf().message).toBe("A command is missing.");
    expect(failureOf("--json", "-c", "paper").message).toBe("A command is missing.");
    expect(failureOf("order").message).toContain('"order" needs one more word: buy, sell');
    expect(failureOf("order", "--json").hint).toBe("See: tmt-broker order --help");
  });

  it("CI-17 a megabyte isn't repeated", () => {
    expect(failureOf("x".repeat(1e6)).message.length).toBeLessThan(100);
  });
});

describe("the catalogue", () => {
  const leaves = Object.entries(CATALOG).flatMap(([first, entry]) =>
    isLeaf(entry)
      ? [[first, entry] as const]
      : Object.entries(entry.commands).map(([name, leaf]) => [`${first} ${name}`, leaf] as const),
  );

  it("every group's default is one of its commands", () => {
    for (const entry of Object.values(CATALOG)) {
      if (isLeaf(entry) || entry.byDefault === undefined) continue;
      expect(Object.keys(entry.commands)).toContain(entry.byDefault);
    }
  });

  it.each(leaves)("%s says what it does in one line", (_, { summary }) => {
    expect(summary).toMatch(/^[A-Z].{5,90}[^.]$/);
  });
});
