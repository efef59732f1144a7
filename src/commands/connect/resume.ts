import { anchorAside } from "../anchor-aside.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";

export const resume: CommandMaker = (context) =>
  examples(
    command("resume", "Lift a halt, or all of them")
      .argument("[name]", "only the halt of this connection; left out: every halt")
      .action((name: string | undefined) => run(context, name)),
    ["connect resume", "connect resume oanda"],
  );

async function run(context: Context, name: string | undefined): Promise<void> {
  const target = name ?? context.options.connection;
  const connection = target === null ? null : (await context.profile(target)).name;
  const { halts, journal, dayBook, audit } = await context.store();
  const wasHalted = await halts.resume(connection);
  if (wasHalted) {
    const { profiles } = await context.configuration();
    const names = connection === null ? profiles.keys() : [connection];
    for (const name of names) context.alerts.resolve("trading_halted", name);
    await dayBook.restart(connection);
    await journal.record([accessRecord(context, "trading.resumed", { connection })]);
  }
  const rest = connection === null ? null : await halts.haltOf(connection);
  const what = connection ?? "all connections";
  const lifted = wasHalted ? `The halt of ${what} is lifted` : `There was no halt of ${what}`;
  const still = "but every connection is halted: tmt-broker connect resume lifts that too.";
  const resumed = wasHalted ? `Trading is resumed on ${what}.` : `${lifted}.`;
  context.print(() => (rest ? `${lifted}, ${still}` : resumed), {
    connection,
    halted: rest !== null,
    wasHalted,
  });
  await anchorAside(context, audit.head());
}
