import type { Context } from "./commands/context.ts";
import type { ConnectionProfile } from "./core/connection.ts";
import { Failure } from "./core/failures.ts";
import type { Secret } from "./core/secret.ts";
import type { Instant } from "./core/time.ts";
import type { Credentials } from "./credentials/chain.ts";
import type { LocalStore as Store } from "./history/sqlite/store.ts";
import type { BrokerConnection } from "./ports/broker.ts";
import type { BrokerLimits, Guards } from "./resilience/guards.ts";
import { isProcessAlive, processIdentity } from "./resilience/process-identity.ts";
import { systemClock } from "./resilience/system-clock.ts";
import { CONNECTIONS } from "./resilience/transport.ts";

type ConnectionParts = Pick<Context, "log" | "note"> & {
  readonly secret: Secret | undefined;
  readonly store: () => Promise<Store>;
  readonly credentials: () => Promise<Credentials>;
  /** All that are in use: the log never holds one of them. */
  readonly secrets: Secret[];
  /** `undici` for whoever has more than a handful of requests. */
  readonly transport: "node" | "undici";
  readonly version: string;
  /** How people read a time. */
  readonly timeText: (instant: Instant) => string;
};

/** Opens a connection with its own credential, or with `secret`. @throws Failure UNSUPPORTED. */
export async function openConnection(
  profile: ConnectionProfile,
  parts: ConnectionParts,
): Promise<BrokerConnection> {
  const { secret, store, credentials, transport, version } = parts;
  if (profile.broker === "paper") {
    const { openPaperConnection } = await import("./adapters/paper/connection.ts");
    const { venue } = await store();
    return openPaperConnection({ profile, store: venue, clock: systemClock });
  }
  if (profile.broker === "oanda") {
    const { openOandaConnection, OANDA_CAPABILITIES } = await import(
      "./adapters/oanda/connection.ts"
    );
    const token = noted(secret ?? (await (await credentials()).of(profile)), parts);
    const limits = await guardsOf(profile, token, { ...parts, limits: OANDA_CAPABILITIES });
    return openOandaConnection({ profile, token, clock: systemClock, version, transport, limits });
  }
  throw new Failure("UNSUPPORTED", `${profile.broker} is not supported yet. Nothing was sent.`);
}

/** The log never holds it. */
export function noted(secret: Secret, { secrets }: Pick<ConnectionParts, "secrets">): Secret {
  secrets.push(secret);
  return secret;
}

/** Breaker, retry and limit of a connection. A credential that is still to prove itself has no failures yet. */
async function guardsOf(
  profile: ConnectionProfile,
  token: Secret,
  parts: ConnectionParts & { readonly limits: BrokerLimits },
): Promise<Guards> {
  const { secret, store, note, log, limits, timeText } = parts;
  const [{ openGuards }, { steadyGuards }, { requestLog }, shared] = await Promise.all([
    import("./resilience/guards.ts"),
    import("./resilience/own-guards.ts"),
    import("./resilience/request-log.ts"),
    store(),
  ]);
  const readAnew = async () => noted(await (await parts.credentials()).of(profile), parts);
  const clock = systemClock;
  return openGuards({
    ...steadyGuards(shared, note),
    connection: profile.name,
    ...limits,
    places: CONNECTIONS[parts.transport],
    hasBreaker: secret === undefined,
    credential: secret === undefined ? { token, readAnew } : null,
    innermost: requestLog({ log, clock, connection: profile.name }),
    clock,
    random: Math.random,
    owner: processIdentity(),
    isAlive: isProcessAlive,
    timeText,
  });
}
