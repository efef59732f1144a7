import type { ConnectionProfile } from "../../core/connection.ts";
import { Failure } from "../../core/failures.ts";
import type { Environment } from "../../core/order.ts";
import { type Instant, roundedMs } from "../../core/time.ts";
import { timeText } from "../../ui/output/numbers.ts";
import { table } from "../../ui/output/table.ts";
import { type CommandMaker, command, examples } from "../common-options.ts";
import type { Context } from "../context.ts";

export const status: CommandMaker = (context) =>
  examples(
    command("status", "Whether each connection works, and how fast")
      .argument("[name]", "only this connection")
      .action((name: string | undefined) => run(context, name)),
    ["connect status", "connect status oanda --json"],
  );

async function run(context: Context, name: string | undefined): Promise<void> {
  const wanted = name ?? context.options.connection;
  const profiles =
    wanted === null
      ? [...(await context.configuration()).profiles.values()]
      : [await context.profile(wanted)];
  const documents = await Promise.all(profiles.map((profile) => check(context, profile)));
  context.print(() => statusText(context, documents), documents);
}

type StatusDocument = {
  readonly name: string;
  readonly environment: Environment;
  readonly status: "connected" | "disconnected";
  readonly latencyMs: number | null;
  readonly halted: boolean;
  readonly checkedAt: Instant;
  readonly error: { readonly code: string; readonly message: string } | null;
};

async function check(context: Context, profile: ConnectionProfile) {
  const { halts } = await context.store();
  const halt = await halts.haltOf(profile.name);
  const { latencyMs, error } = await probe(context, profile);
  return {
    name: profile.name,
    broker: profile.broker,
    environment: profile.environment,
    status: error ? ("disconnected" as const) : ("connected" as const),
    latencyMs,
    breaker: null,
    rateLimit: null,
    pool: null,
    halted: halt !== null,
    checkedAt: context.clock.now(),
    error: error && { code: error.code, message: error.message },
  };
}

type Probe = { readonly latencyMs: number | null; readonly error: Failure | null };

/** Asks for the accounts: the cheapest request that proves address and credential at once. */
async function probe(context: Context, profile: ConnectionProfile): Promise<Probe> {
  try {
    const connection = await context.connect(profile);
    const startedMs = context.clock.monotonicMs();
    await connection.accounts();
    return { latencyMs: roundedMs(context.clock.monotonicMs() - startedMs), error: null };
  } catch (error) {
    if (error instanceof Failure) return { latencyMs: null, error };
    throw error;
  }
}

function statusText(context: Context, documents: readonly StatusDocument[]): string {
  return table(
    [
      { head: "" },
      { head: "Connection" },
      { head: "Status" },
      { head: "Latency", align: "right" },
      { head: "Halted" },
      { head: "Checked" },
      { head: "Problem" },
    ],
    documents.map((one) => [
      context.theme.badge(one.environment),
      one.name,
      one.status === "connected" ? "Connected" : context.theme.error("Disconnected"),
      one.latencyMs === null ? "-" : `${one.latencyMs} ms`,
      one.halted ? context.theme.warning("HALTED") : "no",
      timeText(one.checkedAt),
      one.error ? `${one.error.code}: ${one.error.message}` : "",
    ]),
  );
}
