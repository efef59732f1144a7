import { usageFailure } from "../../core/failures.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";
import { accessRecord } from "./access-record.ts";
import { readSecret } from "./secret-input.ts";

export const rotate: CommandMaker = (context) =>
  examples(
    command("rotate", "Replace a connection's credential; the new one is checked first")
      .argument("<name>", "connection")
      .option("--token-stdin", "read the token from standard input")
      .action((name: string, options: { readonly tokenStdin?: true }) =>
        run(context, name, options.tokenStdin === true),
      ),
    ["connect rotate oanda", "connect rotate oanda --token-stdin < token.txt"],
  );

async function run(context: Context, name: string, isFromInput: boolean): Promise<void> {
  const profile = await context.profile(name);
  if (profile.credentialStore === null) {
    throw usageFailure(`${name} has no credential: there is nothing to replace.`);
  }
  const secret = await readSecret(context, isFromInput);
  await (await context.connect(profile, secret)).accounts();
  await (await context.credentialStore(profile.credentialStore)).write(name, secret);
  const { journal } = await context.store();
  await journal.record([accessRecord(context, "credential.rotated", { connection: name })]);
  context.print(
    () =>
      `The token of ${name} is replaced: the broker accepts the new one, and it is in the ${profile.credentialStore}.`,
    { name, rotated: true, credentialStore: profile.credentialStore },
  );
}
