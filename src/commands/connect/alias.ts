import { withAlias, withConnection } from "../../config/edit.ts";
import { Failure, usageFailure } from "../../core/failures.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

const ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;

export const alias: CommandMaker = (context) =>
  examples(
    command("alias", "Give an account a name of your own")
      .argument("<account>", "account id, or its present alias")
      .argument("<alias>", "its new name")
      .action((account: string, name: string) => run(context, account, name)),
    ["connect alias 101-001-1234567-001 swing"],
  );

async function run(context: Context, text: string, name: string): Promise<void> {
  if (!ALIAS.test(name)) {
    throw usageFailure(`"${name.slice(0, 60)}" can't name an account: letters, digits, . _ and -.`);
  }
  const { profiles } = await context.configuration();
  const chosen = context.options.connection;
  const owners = [...profiles.values()].filter(
    (profile) =>
      (chosen === null || profile.name === chosen) &&
      profile.accounts.some((account) => account.id === text || account.alias === text),
  );
  const [owner, other] = owners;
  if (!owner)
    throw new Failure("ACCOUNT_NOT_FOUND", `No connection has an account "${text.slice(0, 60)}".`);
  if (other)
    throw usageFailure(`Several connections have an account "${text}": choose one with -c.`);
  const account = owner.accounts.find((one) => one.id === text || one.alias === text);
  if (!account) return;
  await context.changeConfig((document) => {
    // The embedded paper connection stands in the file only once something about it was changed.
    const known = owner.name === "paper" ? withConnection(document, owner) : document;
    return withAlias(known, { connection: owner.name, id: account.id }, name);
  });
  context.print(() => `Account ${account.id} of ${owner.name} is called ${name} now.`, {
    connection: owner.name,
    account: account.id,
    alias: name,
  });
}
