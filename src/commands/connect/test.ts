import { readyForProbe } from "../../core/circuit.ts";
import type { ConnectionProfile } from "../../core/connection.ts";
import { Failure } from "../../core/failures.ts";
import { roundedMs } from "../../core/time.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const test: CommandMaker = (context) =>
  examples(
    command("test", "Try a connection's credential with its broker")
      .argument("[name]", "connection; left out: the default")
      .action((name: string | undefined) => run(context, name)),
    ["connect test oanda"],
  );

/** @throws Failure ACCOUNT_NOT_FOUND for an account of the configuration that the login doesn't have (any more). */
function requireAccounts({ name, accounts }: ConnectionProfile, ids: readonly string[]): void {
  const gone = accounts.filter(({ id }) => !ids.includes(id)).map(({ id }) => id);
  if (gone.length === 0) return;
  throw new Failure(
    "ACCOUNT_NOT_FOUND",
    `The credential of ${name} works, but its login has no account ${gone.join(", ")}: it may be gone, or belong to another login. Nothing was sent.`,
    {
      hint: `It has: ${ids.join(", ") || "none"}. Add the connection anew with the accounts that are there.`,
    },
  );
}

async function run(context: Context, name: string | undefined): Promise<void> {
  const profile = await context.profile(name);
  const { circuits } = await context.store();
  // Whoever tests wants to know now: an open breaker takes this for its probe.
  await circuits.update(profile.name, (circuit) => readyForProbe(circuit, context.clock.now()));
  const connection = await context.connect(profile);
  const startedMs = context.clock.monotonicMs();
  const accounts = await connection.accounts();
  const latencyMs = roundedMs(context.clock.monotonicMs() - startedMs);
  const ids = accounts.map((account) => account.id);
  requireAccounts(profile, ids);
  context.print(
    () =>
      `${context.theme.badge(profile.environment)} ${profile.name} works: ${ids.length} account(s) (${ids.join(", ")}) in ${latencyMs} ms`,
    { name: profile.name, environment: profile.environment, ok: true, accounts: ids, latencyMs },
  );
}
