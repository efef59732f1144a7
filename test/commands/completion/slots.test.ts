import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { CompletionSpec } from "../../../src/commands/completion/spec.ts";

/** Values that only the user knows. */
const FREE = [
  ...["--agent", "--balance", "--client-id"],
  ...["--comment", "--currency", "--expires", "--from", "--host", "--max-slippage", "--name"],
  ...["--order", "--port", "--price", "--reason", "--risk", "--seed", "--signal", "--sl"],
  ...["--speed", "--stream-host", "--token", "--tp", "--trailing", "--units", "--accounts"],
];

it("every value of the command line can be completed, or is known to be the user's own", () => {
  const { commands } = JSON.parse(readFileSync("dist/completion.json", "utf8")) as {
    readonly commands: CompletionSpec;
  };
  const open = Object.entries(commands).flatMap(([group, { commands: leaves }]) =>
    Object.entries(leaves).flatMap(([name, { options }]) =>
      options
        .filter(({ value }) => value && "words" in value && value.words.length === 0)
        .map(({ names }) => names.at(-1) ?? "")
        .filter((option) => !FREE.includes(option))
        .map((option) => `${group} ${name} ${option}`),
    ),
  );
  expect(open).toEqual([]);
});
