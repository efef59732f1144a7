import type { Command } from "commander";
import { CATALOG, type Group, isLeaf, type Leaf } from "./catalog.ts";
import type { Context } from "./context.ts";

const COLUMN = 14;
const WIDTH = 80;

/** The same help on every terminal, so that the text made when building is what the program says. */
export const HELP_LAYOUT = { getOutHelpWidth: () => WIDTH, getOutHasColors: () => false } as const;

/** Help of every command by its words (`""` is the program's own): the build keeps it as plain text. */
export async function helpPages(context: Context): Promise<Record<string, string>> {
  const pages: Record<string, string> = { "": programHelp() };
  const add = async (words: string, leaf: Leaf) => {
    pages[words] = leafHelp((await leaf.load())(context).name(`tmt-broker ${words}`));
  };
  for (const [groupName, group] of Object.entries(CATALOG)) {
    if (isLeaf(group)) {
      await add(groupName, group);
      continue;
    }
    pages[groupName] = groupHelp(groupName, group);
    for (const [name, leaf] of Object.entries(group.commands)) {
      await add(`${groupName} ${name}`, leaf);
    }
  }
  return pages;
}

/** Help of the program or of a group, when `argv` asks for it; undefined when a command is to answer. */
export function generalHelp(argv: readonly string[]): string | undefined {
  const asksHelp = argv[0] === "help" || argv.includes("--help") || argv.includes("-h");
  const words = argv.filter((token) => !token.startsWith("-") && token !== "help");
  const [first] = words;
  if (!asksHelp || words.length > 1) return undefined;
  if (first === undefined) return programHelp();
  const group = Object.hasOwn(CATALOG, first) ? CATALOG[first] : undefined;
  return group && !isLeaf(group) ? groupHelp(first, group) : undefined;
}

function programHelp(): string {
  const groups = Object.entries(CATALOG).map(([name, group]) => line(name, group.summary));
  return [
    "tmt-broker: a trading terminal for the command line",
    "",
    "Usage: tmt-broker <command> [subcommand] [arguments] [options]",
    "",
    "Start here:",
    "  $ tmt-broker order buy EUR_USD 10000 --sl     a paper trade; no set-up needed",
    "  $ tmt-broker positions                        what is open",
    "  $ tmt-broker watch                            all of it on one live screen",
    "  $ tmt-broker connect add oanda                your own account",
    "",
    "Commands:",
    ...groups,
    "",
    "Options of every command:",
    "  -c, --connection <name>   -a, --account <id|alias>   --json   -y, --yes",
    "  -q, --quiet   -v, --verbose   --no-color   -h, --help   -V, --version",
    "",
    "Exit codes: 0 done, 2 usage, 3 configuration, 4 blocked, 5 broker said no, 6 unreachable,",
    "7 outcome unknown, 8 not found, 9 storage, 10 confirmation needed, 130 interrupted",
    "",
  ].join("\n");
}

function groupHelp(name: string, group: Group): string {
  const commands = Object.entries(group.commands).map(([word, leaf]) =>
    line(word, word === group.byDefault ? `${leaf.summary} (the default)` : leaf.summary),
  );
  return [
    group.summary,
    "",
    `Usage: tmt-broker ${name} <command> [arguments] [options]`,
    "",
    "Commands:",
    ...commands,
    "",
    `See: tmt-broker ${name} <command> --help`,
    "",
  ].join("\n");
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(COLUMN)}${text}`;
}

/** A command's help as commander writes it, its examples included. */
function leafHelp(command: Command): string {
  let text = "";
  command.configureOutput({
    ...HELP_LAYOUT,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}
