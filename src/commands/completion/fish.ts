import type { CommandMaker } from "../common-options.ts";
import { completionCommand } from "./shell.ts";

export const fish: CommandMaker = (context) => completionCommand(context, "fish");
