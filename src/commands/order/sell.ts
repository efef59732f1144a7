import type { CommandMaker } from "../common-options.ts";
import { entryCommand } from "./entry.ts";

export const sell: CommandMaker = (context) => entryCommand(context, "sell");
