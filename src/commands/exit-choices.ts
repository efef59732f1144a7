import type { Command } from "commander";
import { distanceText } from "../core/distance.ts";
import { usageFailure } from "../core/failures.ts";
import type { ExitChoices, TradeExitChoices } from "../trading/order-draft.ts";
import { exitChoice } from "./arguments.ts";

const BREAK_EVEN = "breakeven";

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
  if (sl === BREAK_EVEN) {
    throw usageFailure(
      "--sl breakeven is for open trades: an order that waits has no open price yet. Nothing was sent.",
      "Give a price or a distance such as 20p.",
    );
  }
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

/** The same for open trades: `--sl breakeven` is each one's open price. @throws as `choicesOf`. */
export function tradeChoicesOf(options: ExitChoiceOptions): TradeExitChoices {
  if (options.sl !== BREAK_EVEN) return choicesOf(options);
  return { ...choicesOf({ ...options, sl: true }), stopLoss: { kind: BREAK_EVEN } };
}

export function changesNothing({ stopLoss, takeProfit, trailingStop }: TradeExitChoices): boolean {
  return [stopLoss, takeProfit, trailingStop].every((choice) => choice === "keep");
}

/** The choices in words: `stop loss 20p, no take profit`. */
export function choicesText({ stopLoss, takeProfit, trailingStop }: TradeExitChoices): string {
  return [
    choiceText("stop loss", stopLoss),
    choiceText("take profit", takeProfit),
    choiceText("trailing stop", trailingStop),
  ]
    .filter((text) => text !== "")
    .join(", ");
}

function choiceText(name: string, choice: TradeExitChoices["stopLoss"]): string {
  if (choice === "keep") return "";
  if (choice === "remove") return `no ${name}`;
  if (choice.kind === BREAK_EVEN) return `${name} at break-even`;
  return `${name} ${choice.kind === "default" ? "at the default distance" : distanceText(choice)}`;
}
