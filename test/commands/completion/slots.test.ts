import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type CompletionSpec, isCommand } from "../../../src/commands/completion/spec.ts";

/** Values that only the user knows. */
const FREE = [
  ...["--agent", "--balance", "--client-id"],
  ...["--comment", "--currency", "--expires", "--from", "--host", "--max-slippage", "--name"],
  ...["--order", "--port", "--price", "--reason", "--risk", "--seed", "--signal", "--sl"],
  ...[
    "--speed",
    "--stream-host",
    "--explain",
    "--days",
    "--limit",
    "--timezone",
    "--to",
    "--concurrency",
    "--count",
    "--duration",
    "--token",
    "--tp",
    "--trailing",
    "--units",
    "--accounts",
    "--in",
    "--rate",
  ],
];

it("every value of the command line can be completed, or is known to be the user's own", () => {
  const { commands } = JSON.parse(readFileSync("dist/completion.json", "utf8")) as {
    readonly commands: CompletionSpec;
  };
  const leaves = Object.entries(commands).flatMap(([name, entry]) =>
    isCommand(entry)
      ? [{ words: name, ...entry }]
      : Object.entries(entry.commands).map(([word, leaf]) => ({
          words: `${name} ${word}`,
          ...leaf,
        })),
  );
  const open = leaves.flatMap(({ words, options }) =>
    options
      .filter(({ value }) => value && "words" in value && value.words.length === 0)
      .map(({ names }) => names.at(-1) ?? "")
      .filter((option) => !FREE.includes(option))
      .map((option) => `${words} ${option}`),
  );
  expect(open).toEqual([]);
});
