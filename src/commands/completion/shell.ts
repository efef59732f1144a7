import type { Command } from "commander";
import { command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import type { Shell } from "./lines.ts";
import { scriptFor } from "./scripts.ts";

const HOW: Readonly<Record<Shell, readonly string[]>> = {
  bash: ["completion bash > ~/.local/share/bash-completion/completions/tmt-broker"],
  zsh: ["completion zsh > ~/.zfunc/_tmt-broker   (a folder of your fpath)"],
  fish: ["completion fish > ~/.config/fish/completions/tmt-broker.fish"],
};

/** Prints the script that teaches `shell` the program's words. */
export function completionCommand(context: Context, shell: Shell): Command {
  return examples(
    command(shell, `The script that lets ${shell} complete commands, instruments and ids`).action(
      () => context.print(() => scriptFor(shell).trimEnd(), { shell, script: scriptFor(shell) }),
    ),
    HOW[shell],
  );
}
