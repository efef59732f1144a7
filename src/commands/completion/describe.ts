import type { Argument, Command, Option } from "commander";
import { CATALOG, type Group, isLeaf, type Leaf } from "../catalog.ts";
import type { Context } from "../context.ts";
import { slotOf } from "./slots.ts";
import type { CommandSpec, CompletionSpec, GroupSpec, OptionSpec } from "./spec.ts";

/** Every command with its arguments and options. */
export async function describeCommands(context: Context): Promise<CompletionSpec> {
  const entries = Object.entries(CATALOG).map(async ([name, entry]) => {
    const spec = isLeaf(entry)
      ? describeLeaf(name, entry, context)
      : describeGroup(name, entry, context);
    return [name, await spec] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function describeGroup(name: string, group: Group, context: Context): Promise<GroupSpec> {
  const leaves = Object.entries(group.commands).map(
    async ([word, leaf]) => [word, await describeLeaf(`${name} ${word}`, leaf, context)] as const,
  );
  const commands = Object.fromEntries(await Promise.all(leaves));
  return { summary: group.summary, byDefault: group.byDefault ?? null, commands };
}

async function describeLeaf(words: string, leaf: Leaf, context: Context): Promise<CommandSpec> {
  return { summary: leaf.summary, ...describe(words, (await leaf.load())(context)) };
}

function describe(words: string, command: Command): Omit<CommandSpec, "summary"> {
  const slots = command.registeredArguments.map((argument: Argument) =>
    slotOf(words, argument.name()),
  );
  const isVariadic = command.registeredArguments.some(({ variadic }) => variadic);
  const options = command.createHelp().visibleOptions(command);
  return { slots, isVariadic, options: options.map((option) => describeOption(words, option)) };
}

function describeOption(words: string, option: Option): OptionSpec {
  const { short, long, description, flags } = option;
  const names = [short, long].filter((name): name is string => typeof name === "string");
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1];
  const value = placeholder ? slotOf(`${words} ${names.at(-1)}`, placeholder) : null;
  return { names, summary: description, value };
}
