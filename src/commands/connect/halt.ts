import { usageFailure } from "../../core/failures.ts";
import { textOption } from "../arguments.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";

const REASON_LENGTH = 200;

export const halt: CommandMaker = (context) =>
  examples(
    command("halt", "Stop every new order, in every process, until resume; closing stays possible")
      .argument("[name]", "only this connection; left out: all of them")
      .option("--reason <text>", "why, shown with every refusal")
      .action((name: string | undefined, options: { readonly reason?: string }) =>
        run(context, name, textOption("--reason", options.reason, REASON_LENGTH)),
      ),
    ["connect halt", 'connect halt oanda --reason "news at 14:30"'],
  );

async function run(context: Context, name: string | undefined, reason: string | null) {
  if (name !== undefined && context.options.connection !== null) {
    throw usageFailure("Name the connection once.");
  }
  const target = name ?? context.options.connection;
  const connection = target === null ? null : (await context.profile(target)).name;
  const { halts, journal } = await context.store();
  const record = { since: context.clock.now(), reason: reason ?? "halted by hand" };
  await halts.halt(connection, record);
  await journal.record([accessRecord(context, "trading.halted", { connection, ...record })]);
  const what = connection ?? "every connection";
  context.print(
    () =>
      `Trading is halted on ${what}: new orders are refused in every process until "tmt-broker connect resume${connection ? ` ${connection}` : ""}". Closing and cancelling stay possible. Orders that wait at a broker may still fill: take them back with "tmt-broker order cancel --all".`,
    { connection, halted: true, ...record },
  );
}
