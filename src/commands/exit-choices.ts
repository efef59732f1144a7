import type { Command } from "commander";
import { distanceText } from "../core/distance.ts";
import { usageFailure } from "../core/failures.ts";
import type { ExitChoice, ExitChoices } from "../trading/order-draft.ts";
import { exitChoice } from "./arguments.ts";

/** The options that set, move and remove exits, as typed; false where they were negated. */
export type ExitChoiceOptions = {
  readonly sl?: string | boolean;
  readonly tp?: string | boolean;
  readonly trailing?: string | boolean;
  readonly guaranteed?: true;
};

/** Adds the options of commands that change exits. */
export function withExitChoices(command: Command): Command {
  return command
    .option("--sl [price]", "stop loss: 1.0850, 20p or 0.5%; bare: the default")
    .option("--no-sl", "take the stop loss away")
    .option("--guaranteed", "let the stop loss fill at its price also through a gap")
    .option("--tp [price]", "take profit: 1.0950, 40p or 1%; bare: the default")
    .option("--no-tp", "take the take profit away")
    .option("--trailing [distance]", "trailing stop: 20p or 0.5%; bare: the default")
    .option("--no-trailing", "take the trailing stop away");
}

/** @throws Failure INVALID_PRICE or USAGE: nothing was sent. */
export function choicesOf(options: ExitChoiceOptions): ExitChoices {
  const { sl, tp, trailing, guaranteed } = options;
  if (guaranteed && (sl === undefined || sl === false)) {
    throw usageFailure("--guaranteed needs --sl. Nothing was sent.");
  }
  return {
    stopLoss: exitChoice("--sl", sl),
    isStopGuaranteed: guaranteed === true,
    takeProfit: exitChoice("--tp", tp),
    trailingStop: exitChoice("--trailing", trailing),
  };
}

export function changesNothing({ stopLoss, takeProfit, trailingStop }: ExitChoices): boolean {
  return [stopLoss, takeProfit, trailingStop].every((choice) => choice === "keep");
}

/** The choices in words: `stop loss 20p, no take profit`. */
export function choicesText({ stopLoss, takeProfit, trailingStop }: ExitChoices): string {
  return [
    choiceText("stop loss", stopLoss),
    choiceText("take profit", takeProfit),
    choiceText("trailing stop", trailingStop),
  ]
    .filter((text) => text !== "")
    .join(", ");
}

function choiceText(name: string, choice: ExitChoice): string {
  if (choice === "keep") return "";
  if (choice === "remove") return `no ${name}`;
  return `${name} ${choice.kind === "default" ? "at the default distance" : distanceText(choice)}`;
}
