import type { CommandMaker } from "../common-options.ts";
import { entryCommand } from "./entry.ts";

export const buy: CommandMaker = (context) => entryCommand(context, "buy");
