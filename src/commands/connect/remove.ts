import { withoutConnection } from "../../config/edit.ts";
import { usageFailure } from "../../core/failures.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";

export const remove: CommandMaker = (context) =>
  examples(
    command("remove", "Remove a connection and its credential; its history stays")
      .argument("<name>", "connection")
      .action((name: string) => run(context, name)),
    ["connect remove oanda"],
  );

async function run(context: Context, name: string): Promise<void> {
  const profile = await context.profile(name);
  if (profile.name === "paper") {
    throw usageFailure("The embedded paper connection is always there and can't be removed.");
  }
  await refuseOpenOrders(context, name);
  const store = profile.credentialStore && (await context.credentialStore(profile.credentialStore));
  const hadSecret = store ? await store.remove(name) : false;
  await context.changeConfig((document) => withoutConnection(document, name));
  const { journal } = await context.store();
  await journal.record([accessRecord(context, "connection.removed", { connection: name })]);
  const secret = hadSecret ? " and its token" : "";
  context.print(() => `Removed ${name}${secret}. Its records stay.`, {
    name,
    removed: true,
    hadSecret,
  });
}

/** An order without an outcome can be settled only while its connection exists. */
async function refuseOpenOrders(context: Context, name: string): Promise<void> {
  const profile = await context.profile(name);
  const { journal } = await context.store();
  for (const account of profile.accounts) {
    const [open] = await journal.unsettled(name, account.id);
    if (!open) continue;
    throw usageFailure(
      `Order ${open.clientOrderId} on ${name} has no known outcome yet. Nothing was removed.`,
      `Settle it first: tmt-broker order reconcile -c ${name}`,
    );
  }
}
