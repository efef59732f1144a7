import { table } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const list: CommandMaker = (context) =>
  examples(
    command("list", "Connections and their accounts").action(() => run(context)),
    ["connect list", "connect list --json"],
  );

async function run(context: Context): Promise<void> {
  const { profiles } = await context.configuration();
  const chosen = (await context.profile()).name;
  const documents = [...profiles.values()].map((profile) => ({
    name: profile.name,
    broker: profile.broker,
    environment: profile.environment,
    accounts: profile.accounts,
    default: profile.name === chosen,
    credentialStore: profile.credentialStore,
  }));
  context.print(
    () =>
      table(
        [
          { head: "" },
          { head: "Connection" },
          { head: "Broker" },
          { head: "Accounts" },
          { head: "Secret in" },
          { head: "Default" },
        ],
        documents.map((one) => [
          context.theme.badge(one.environment),
          one.name,
          one.broker,
          one.accounts.map((account) => account.alias ?? account.id).join(", "),
          one.credentialStore ?? "-",
          one.default ? "yes" : "",
        ]),
      ),
    documents,
  );
}
