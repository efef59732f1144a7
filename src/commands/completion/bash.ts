import type { CommandMaker } from "../common-options.ts";
import { completionCommand } from "./shell.ts";

export const bash: CommandMaker = (context) => completionCommand(context, "bash");
