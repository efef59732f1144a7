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
  orderTypes: ["market"],
  timesInForce: ["FOK"],
  attachedExits: ["stop_loss", "take_profit", "trailing_stop"],
  orderChanges: false,
  priceBound: true,
  reduceOnly: true,
  clientOrderIds: true,
  clientExtensions: true,
  hedging: false,
  transactionLog: true,
  priceStream: false,
  transactionStream: false,
  requestsPerSecond: 100,
  // Reads lag by up to half a second; bytes of a killed process may be under way for much longer.
  arrivalGraceMs: 30_000,
};

const ORIGINS = {
  practice: "https://api-fxpractice.oanda.com",
  live: "https://api-fxtrade.oanda.com",
} as const;

export type OandaOptions = {
  readonly profile: Pick<ConnectionProfile, "environment" | "host">;
  readonly token: Secret;
  readonly clock: Clock;
  /** Ours, told to the broker with every request. */
  readonly version: string;
  /** `node` unless told: `undici` is for what lives long. */
  readonly transport?: HttpOptions["transport"];
  /** Other limits than the usual ones. */
  readonly limits?: Pick<HttpOptions, "timeoutMs" | "connectTimeoutMs" | "policies">;
};

/**
 * Opens a login at OANDA; nothing is asked of it yet.
 * @throws Failure CONFIG_INVALID when the connection's host isn't usable.
 */
export function openOandaConnection(options: OandaOptions): BrokerConnection {
  const { profile, token, clock, version, transport = "node", limits } = options;
  const http = openHttp({
    ...limits,
    origin: profile.host ?? ORIGINS[profile.environment === "live" ? "live" : "practice"],
    transport,
    userAgent: `tmt-broker/${version}`,
    secrets: [token],
    clock,
  });
  const api = openApi({ http, token, environment: profile.environment });
  return {
    capabilities: OANDA_CAPABILITIES,
    accounts: () => api.read("/v3/accounts", toAccountReferences),
    broker: (accountId) => openAccount(accountId, { api, clock }),
    pool: () => {
      const { connected, free, pending, queued } = http.stats();
      return { connected, free, pending, queued };
    },
    close: () => http.close(),
  };
}
