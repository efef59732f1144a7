import { Chalk, type ChalkInstance } from "chalk";
import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";

/** How text is dressed. Colour is only ever an extra: signs and words say the same. */
export type Theme = {
  readonly badge: (environment: Environment) => string;
  /** By the sign of `amount`; `text` already shows the sign. */
  readonly gain: (amount: Decimal, text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly error: (text: string) => string;
};

/** A theme with or without colour. */
export function themeOf(hasColor: boolean): Theme {
  const chalk = new Chalk({ level: hasColor ? 1 : 0 });
  return {
    badge: (environment) => badgeStyle(chalk, environment)(badgeText(environment, hasColor)),
    gain: (amount, text) => gainStyle(chalk, amount)(text),
    dim: chalk.dim,
    bold: chalk.bold,
    warning: chalk.yellow,
    error: chalk.red,
  };
}

function badgeText(environment: Environment, hasColor: boolean): string {
  const word = environment.toUpperCase();
  return hasColor ? ` ${word} ` : `[${word}]`;
}

function badgeStyle(chalk: ChalkInstance, environment: Environment): ChalkInstance {
  if (environment === "live") return chalk.bold.bgRed.white;
  return environment === "practice" ? chalk.bgYellow.black : chalk.bgCyan.black;
}

function gainStyle(chalk: ChalkInstance, amount: Decimal): ChalkInstance {
  if (amount.isPositive()) return chalk.green;
  return amount.isNegative() ? chalk.red : chalk.reset;
}
