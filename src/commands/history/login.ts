import { Failure, usageFailure } from "../../core/failures.ts";
import { passwordItem } from "../../core/password-item.ts";
import { Secret } from "../../core/secret.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import { accessRecord } from "../connect/access-record.ts";
import type { Context } from "../context.ts";

const LONGEST = 4_096;

export const login: CommandMaker = (context) =>
  examples(
    command("login", "Keep the password of the history's PostgreSQL server; it is tried first")
      .argument("[url]", "of which server (default: the one in history.database)")
      .option("--password-stdin", "read the password from standard input")
      .action((url: string | undefined, options: { readonly passwordStdin?: true }) =>
        run(context, url, options.passwordStdin === true),
      ),
    [
      "history login",
      "history login postgres://trader@db.example/tmt --password-stdin < password.txt",
    ],
  );

async function run(
  context: Context,
  given: string | undefined,
  isFromInput: boolean,
): Promise<void> {
  const { settings } = await context.configuration();
  const url = given ?? configuredUrl(settings.history.database);
  const password = await readPassword(context, isFromInput);
  const history = await context.serverHistory(url, password);
  await history.accounts();
  const store = await context.credentialStore(settings.credentials.store);
  await store.write(passwordItem(history.server), password);
  const { journal } = await context.store();
  await journal.record([accessRecord(context, "credential.stored", { server: history.server })]);
  context.print(
    () => `The server lets ${history.server} in, and the password is in the ${store.name}.`,
    {
      server: history.server,
      credentialStore: store.name,
    },
  );
}

function configuredUrl(
  database: { readonly kind: "sqlite" } | { readonly kind: "postgres"; readonly url: string },
): string {
  if (database.kind === "postgres") return database.url;
  throw usageFailure(
    "The history is kept here, in SQLite: there is no server to log in to.",
    "Name it: tmt-broker history login postgres://USER@HOST/DATABASE",
  );
}

async function readPassword(context: Context, isFromInput: boolean): Promise<Secret> {
  const { terminal } = context;
  if (!isFromInput && !terminal.isInteractive) {
    throw new Failure("CREDENTIALS_MISSING", "Nobody can be asked for the password here.", {
      hint: "Pipe it in with --password-stdin.",
    });
  }
  const text = isFromInput
    ? (await terminal.readInput(LONGEST)).replace(/\r?\n$/, "")
    : await terminal.askSecret("Password (not shown): ");
  if (text === "" || text.length > LONGEST || /[\r\n\0]/.test(text)) {
    throw new Failure(
      "CREDENTIALS_INVALID",
      "That is no password: it is empty or has a line break.",
    );
  }
  return new Secret(text);
}
