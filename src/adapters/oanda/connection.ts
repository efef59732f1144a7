import type { ConnectionProfile } from "../../core/connection.ts";
import type { Secret } from "../../core/secret.ts";
import type { BrokerConnection, Capabilities } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { type HttpOptions, openHttp } from "../../resilience/http.ts";
import { openApi } from "./api.ts";
import { openAccount } from "./broker.ts";
import { toAccountReferences } from "./wire-account.ts";

/** What this adapter can do at OANDA today. */
export const OANDA_CAPABILITIES: Capabilities = {
  orderTypes: ["market", "limit", "stop", "mit"],
  timesInForce: ["GTC", "GTD", "DAY", "FOK", "IOC"],
  attachedExits: ["stop_loss", "take_profit", "trailing_stop"],
  orderChanges: true,
  priceBound: true,
  reduceOnly: true,
  clientOrderIds: true,
  clientExtensions: true,
  hedging: false,
  transactionLog: true,
  priceStream: true,
  transactionStream: true,
  requestsPerSecond: 100,
  connectionsPerSecond: 2,
  streams: 20,
  // Reads lag by up to half a second; bytes of a killed process may be under way for much longer.
  arrivalGraceMs: 30_000,
};

const ORIGINS = {
  practice: "https://api-fxpractice.oanda.com",
  live: "https://api-fxtrade.oanda.com",
} as const;

const STREAM_ORIGINS = {
  practice: "https://stream-fxpractice.oanda.com",
  live: "https://stream-fxtrade.oanda.com",
} as const;

export type OandaOptions = {
  readonly profile: Pick<ConnectionProfile, "environment" | "host"> &
    Partial<Pick<ConnectionProfile, "streamHost">>;
  readonly token: Secret;
  readonly clock: Clock;
  /** Ours, told to the broker with every request. */
  readonly version: string;
  /** `node` unless told: `undici` is for what lives long. */
  readonly transport?: HttpOptions["transport"];
  /** Other limits than the usual ones. */
  readonly limits?: Pick<
    HttpOptions,
    "timeoutMs" | "connectTimeoutMs" | "policies" | "beforeConnect" | "beforeStream"
  >;
};

/**
 * Opens a login at OANDA; nothing is asked of it yet. Requests share one pool of connections, each stream has its own.
 * @throws Failure CONFIG_INVALID when one of the connection's hosts isn't usable.
 */
export function openOandaConnection(options: OandaOptions): BrokerConnection {
  const { profile, token, clock, version, transport = "node", limits } = options;
  const common = {
    ...limits,
    transport,
    userAgent: `tmt-broker/${version}`,
    secrets: [token],
    clock,
  };
  const { rest, stream } = originsOf(profile);
  const http = openHttp({ ...common, origin: rest });
  const streams = openHttp({ ...common, origin: stream });
  const api = openApi({ http, streams, token, environment: profile.environment });
  return {
    capabilities: OANDA_CAPABILITIES,
    accounts: () => api.read("/v3/accounts", toAccountReferences),
    broker: (accountId) => openAccount(accountId, { api, clock }),
    pool: () => {
      const { connected, free, pending, queued } = http.stats();
      return { connected, free, pending, queued };
    },
    async close() {
      await Promise.all([http.close(), streams.close()]);
    },
  };
}

/** A host of one's own, a practice server's for instance, has both; OANDA's streams have another host. */
function originsOf({ environment, host, streamHost }: OandaOptions["profile"]) {
  const venue = environment === "live" ? "live" : "practice";
  const rest = host ?? ORIGINS[venue];
  const usual = rest === ORIGINS[venue] ? STREAM_ORIGINS[venue] : rest;
  return { rest, stream: streamHost ?? usual };
}
