import { type Circuit, type CircuitState, circuitStateOf, retryAtOf } from "../../core/circuit.ts";
import type { BrokerName, ConnectionProfile } from "../../core/connection.ts";
import { Failure } from "../../core/failures.ts";
import type { Environment } from "../../core/order.ts";
import { limitKept, remainingOf, type Slots } from "../../core/rate-limit.ts";
import { type Instant, roundedMs } from "../../core/time.ts";
import type { BrokerConnection, Pool } from "../../ports/broker.ts";
import { table } from "../../ui/output/table.ts";
import type { Theme } from "../../ui/output/theme.ts";
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

type Breaker = {
  readonly state: CircuitState;
  readonly consecutiveFailures: number;
  readonly openedAt: Instant | null;
  readonly retryAt: Instant | null;
};

type StatusDocument = {
  readonly name: string;
  readonly broker: BrokerName;
  readonly environment: Environment;
  readonly status: "connected" | "disconnected" | "reconnecting";
  readonly latencyMs: number | null;
  readonly breaker: Breaker;
  readonly rateLimit: { readonly limitPerSecond: number; readonly remaining: number } | null;
  readonly pool: Pool | null;
  readonly halted: boolean;
  readonly checkedAt: Instant;
  readonly error: { readonly code: string; readonly message: string } | null;
};

async function check(context: Context, profile: ConnectionProfile): Promise<StatusDocument> {
  const { halts, circuits, rates } = await context.store();
  const halt = await halts.haltOf(profile.name);
  const { connection, latencyMs, error } = await probe(context, profile);
  const checkedAt = context.clock.now();
  const breaker = breakerOf(await circuits.read(profile.name), checkedAt);
  const slots = await rates.read(profile.name);
  return {
    name: profile.name,
    broker: profile.broker,
    environment: profile.environment,
    status: statusOf(breaker, error),
    latencyMs,
    breaker,
    rateLimit: connection && rateLimitOf(connection, slots, context.clock.monotonicMs()),
    pool: connection?.pool() ?? null,
    halted: halt !== null,
    checkedAt,
    error: error && { code: error.code, message: error.message },
  };
}

function breakerOf(circuit: Circuit, now: Instant): Breaker {
  const { consecutiveFailures, openedAt } = circuit;
  const state = circuitStateOf(circuit, now);
  return { state, consecutiveFailures, openedAt, retryAt: retryAtOf(circuit) };
}

function rateLimitOf({ capabilities }: BrokerConnection, slots: Slots, nowMs: number) {
  const { requestsPerSecond: limitPerSecond } = capabilities;
  if (limitPerSecond === null) return null;
  return { limitPerSecond, remaining: remainingOf(slots, limitKept(limitPerSecond), nowMs) };
}

/** A half-open breaker has another process trying just now, or the answer here would have closed or opened it. */
function statusOf({ state }: Breaker, error: Failure | null): StatusDocument["status"] {
  if (!error) return "connected";
  return state === "half-open" ? "reconnecting" : "disconnected";
}

type Probe = {
  readonly connection: BrokerConnection | null;
  readonly latencyMs: number | null;
  readonly error: Failure | null;
};

/**
 * Asks for the accounts: the cheapest request that proves address and credential at once. An open breaker answers in
 * the broker's place.
 */
async function probe(context: Context, profile: ConnectionProfile): Promise<Probe> {
  let connection: BrokerConnection | null = null;
  try {
    connection = await context.connect(profile);
    const startedMs = context.clock.monotonicMs();
    await connection.accounts();
    const latencyMs = roundedMs(context.clock.monotonicMs() - startedMs);
    return { connection, latencyMs, error: null };
  } catch (error) {
    if (error instanceof Failure) return { connection, latencyMs: null, error };
    throw error;
  }
}

const STATUS_WORDS = {
  connected: "Connected",
  disconnected: "Disconnected",
  reconnecting: "Reconnecting",
} as const;

function statusText(context: Context, documents: readonly StatusDocument[]): string {
  return table(
    [
      { head: "" },
      { head: "Connection" },
      { head: "Status" },
      { head: "Latency", align: "right" },
      { head: "Breaker" },
      { head: "Halted" },
      { head: "Checked" },
      { head: "Problem" },
    ],
    documents.map((one) => [
      context.theme.badge(one.environment),
      one.name,
      statusWord(one, context.theme),
      one.latencyMs === null ? "-" : `${one.latencyMs} ms`,
      one.breaker.state === "closed" ? "closed" : context.theme.warning(one.breaker.state),
      one.halted ? context.theme.warning("HALTED") : "no",
      context.theme.times.text(one.checkedAt),
      one.error ? `${one.error.code}: ${one.error.message}` : "",
    ]),
  );
}

function statusWord({ status }: StatusDocument, theme: Theme): string {
  const word = STATUS_WORDS[status];
  return status === "connected" ? word : theme.error(word);
}
