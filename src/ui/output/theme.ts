import type { ChalkInstance } from "chalk";
import type { Decimal } from "../../core/money.ts";
import type { Environment } from "../../core/order.ts";
import { type Times, UTC_TIMES } from "./times.ts";

/** How text is dressed, and times are told. Colour is only ever an extra: signs and words say the same. */
export type Theme = {
  readonly times: Times;
  readonly badge: (environment: Environment) => string;
  /** By the sign of `amount`; `text` already shows the sign. */
  readonly gain: (amount: Decimal, text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly error: (text: string) => string;
};

const asItIs = (text: string) => text;

/** The theme of pipes, files and `--no-color`. */
export const PLAIN_THEME: Theme = {
  times: UTC_TIMES,
  badge: (environment) => `[${environment.toUpperCase()}]`,
  gain: (_amount, text) => text,
  dim: asItIs,
  bold: asItIs,
  warning: asItIs,
  error: asItIs,
};

/** The theme of a terminal with colours. */
export async function loadColorTheme(): Promise<Theme> {
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  return {
    times: UTC_TIMES,
    badge: (environment) => badgeStyle(chalk, environment)(` ${environment.toUpperCase()} `),
    gain: (amount, text) => gainStyle(chalk, amount)(text),
    dim: chalk.dim,
    bold: chalk.bold,
    warning: chalk.yellow,
    error: chalk.red,
  };
}

function badgeStyle(chalk: ChalkInstance, environment: Environment): ChalkInstance {
  if (environment === "live") return chalk.bold.bgRed.white;
  return environment === "practice" ? chalk.bgYellow.black : chalk.bgCyan.black;
}

function gainStyle(chalk: ChalkInstance, amount: Decimal): ChalkInstance {
  if (amount.isPositive()) return chalk.green;
  return amount.isNegative() ? chalk.red : chalk.reset;
}
