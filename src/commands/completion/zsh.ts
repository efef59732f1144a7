import type { CommandMaker } from "../common-options.ts";
import { completionCommand } from "./shell.ts";

export const zsh: CommandMaker = (context) => completionCommand(context, "zsh");
