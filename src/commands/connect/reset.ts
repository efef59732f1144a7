import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";

export const reset: CommandMaker = (context) =>
  examples(
    command("reset", "Close a circuit breaker by hand: the broker is asked again at once")
      .argument("[name]", "only the breaker of this connection; left out: all of them")
      .action((name: string | undefined) => run(context, name)),
    ["connect reset", "connect reset oanda"],
  );

async function run(context: Context, name: string | undefined): Promise<void> {
  const target = name ?? context.options.connection;
  const connection = target === null ? null : (await context.profile(target)).name;
  const { circuits, journal } = await context.store();
  const closed = await circuits.reset(connection);
  if (closed.length > 0) {
    await journal.record([accessRecord(context, "circuit.reset", { connection, closed })]);
  }
  context.print(() => resetText(connection, closed), { connection, closed });
}

function resetText(connection: string | null, closed: readonly string[]): string {
  if (closed.length > 0) return `The breaker of ${closed.join(", ")} is closed.`;
  const whose = connection === null ? "of any connection" : `of ${connection}`;
  return `No breaker ${whose} was open.`;
}
