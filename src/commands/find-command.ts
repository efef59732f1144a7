import { usageFailure } from "../core/failures.ts";
import { nearestName } from "../core/nearest.ts";
import { CATALOG, type Group, isLeaf, type Leaf } from "./catalog.ts";

export type FoundCommand = {
  readonly words: readonly string[];
  readonly leaf: Leaf;
  /** Everything but the command's own words. */
  readonly rest: readonly string[];
};

const OPTIONS_WITH_VALUE = new Set(["-c", "--connection", "-a", "--account"]);

/** The command that `argv` names. @throws Failure USAGE with the nearest name. */
export function findCommand(argv: readonly string[]): FoundCommand {
  const first = nextWord(argv, 0);
  const groupName = first === undefined ? undefined : argv[first];
  if (first === undefined || groupName === undefined) {
    throw usageFailure("A command is missing.", "See: tmt-broker --help");
  }
  const group = Object.hasOwn(CATALOG, groupName) ? CATALOG[groupName] : undefined;
  if (!group) throw unknown("command", groupName, Object.keys(CATALOG));
  if (isLeaf(group)) {
    return { words: [groupName], leaf: group, rest: argv.filter((_, index) => index !== first) };
  }
  const second = nextWord(argv, first + 1);
  const word = second === undefined ? group.byDefault : argv[second];
  if (word === undefined) throw missingSubcommand(groupName, group);
  const leaf = Object.hasOwn(group.commands, word) ? group.commands[word] : undefined;
  if (!leaf) throw unknown(`command of ${groupName}`, word, Object.keys(group.commands));
  const rest = argv.filter((_, index) => index !== first && index !== second);
  return { words: [groupName, word], leaf, rest };
}

function nextWord(argv: readonly string[], from: number): number | undefined {
  for (let index = from; index < argv.length; index += 1) {
    const token = argv[index] ?? "";
    if (!token.startsWith("-")) return index;
    if (OPTIONS_WITH_VALUE.has(token)) index += 1;
  }
  return undefined;
}

function unknown(what: string, name: string, names: readonly string[]) {
  const near = nearestName(name, names);
  const hint = near ? `Did you mean "${near}"?` : `There are: ${names.join(", ")}.`;
  return usageFailure(`"${name.slice(0, 40)}" is not a ${what}. Nothing was sent.`, hint);
}

function missingSubcommand(name: string, group: Group) {
  return usageFailure(
    `"${name}" needs one more word: ${Object.keys(group.commands).join(", ")}.`,
    `See: tmt-broker ${name} --help`,
  );
}
