import type { Argument, Command, Option } from "commander";
import { CATALOG } from "../catalog.ts";
import type { Context } from "../context.ts";
import { slotOf } from "./slots.ts";
import type { CommandSpec, CompletionSpec, OptionSpec } from "./spec.ts";

/** Every command with its arguments and options. */
export async function describeCommands(context: Context): Promise<CompletionSpec> {
  const groups = Object.entries(CATALOG).map(async ([groupName, group]) => {
    const leaves = Object.entries(group.commands).map(async ([name, leaf]) => {
      const described = describe(`${groupName} ${name}`, (await leaf.load())(context));
      return [name, { summary: leaf.summary, ...described }] as const;
    });
    const commands = Object.fromEntries(await Promise.all(leaves));
    const { summary, byDefault = null } = group;
    return [groupName, { summary, byDefault, commands }] as const;
  });
  return Object.fromEntries(await Promise.all(groups));
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
