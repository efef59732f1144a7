import type { BrokerName } from "../core/connection.ts";
import { editsBetween } from "../core/nearest.ts";
import type { Environment } from "../core/order.ts";
import { isLoopback } from "./values.ts";

type Venue = {
  readonly broker: BrokerName;
  readonly environment: Environment;
  readonly host: string;
};

// The brokers' API references, read 2026-11-22.
const VENUES: readonly Venue[] = [
  { broker: "oanda", environment: "practice", host: "api-fxpractice.oanda.com" },
  { broker: "oanda", environment: "practice", host: "stream-fxpractice.oanda.com" },
  { broker: "oanda", environment: "live", host: "api-fxtrade.oanda.com" },
  { broker: "oanda", environment: "live", host: "stream-fxtrade.oanda.com" },
  { broker: "alpaca", environment: "practice", host: "paper-api.alpaca.markets" },
  { broker: "alpaca", environment: "practice", host: "data.alpaca.markets" },
  { broker: "alpaca", environment: "practice", host: "stream.data.alpaca.markets" },
  { broker: "alpaca", environment: "live", host: "api.alpaca.markets" },
  { broker: "alpaca", environment: "live", host: "data.alpaca.markets" },
  { broker: "alpaca", environment: "live", host: "stream.data.alpaca.markets" },
  { broker: "ibkr", environment: "practice", host: "api.ibkr.com" },
  { broker: "ibkr", environment: "live", host: "api.ibkr.com" },
];
const BRAND = /oanda|alpaca|ibkr|interactivebrokers/;
const PLAIN_URL = /^https?:\/\/[A-Za-z0-9.:[\]-]+\/?$/;

export type HostUse = { readonly broker: BrokerName; readonly environment: Environment };

/**
 * The origin (`https://host:port`) that `text` names. Plain http is for this computer only. A
 * live connection goes to its broker's own live hosts or to this computer, and a practice one
 * never to a live host.
 * @throws RangeError saying why it is refused.
 */
export function parseHost(text: string, use: HostUse): string {
  if (!PLAIN_URL.test(text) || !URL.canParse(text)) {
    throw new RangeError("expected a URL without a path, such as https://host.example:8443");
  }
  const url = new URL(text);
  const isLocal = isLoopback(url.hostname);
  if (url.protocol === "http:" && !isLocal) {
    throw new RangeError("http:// would send the credential unprotected: use https://");
  }
  if (!isLocal) refuseWrongVenue(url, use);
  return url.origin;
}

function refuseWrongVenue(url: URL, { broker, environment }: HostUse): void {
  const known = VENUES.filter((venue) => venue.host === url.hostname);
  const isOwn = known.some((venue) => venue.broker === broker && venue.environment === environment);
  if (isOwn && url.port === "") return;
  const [owner] = known;
  if (owner && !isOwn) {
    const theirs = `${owner.broker}'s ${owner.environment} host`;
    throw new RangeError(
      `${url.hostname} is ${theirs}, and this connection is ${broker} ${environment}`,
    );
  }
  if (isLookAlike(url.hostname)) {
    throw new RangeError(`${url.host} looks like a broker's host and is none`);
  }
  if (environment === "live") {
    throw new RangeError(`${url.host} is none of ${broker}'s live hosts`);
  }
}

function isLookAlike(host: string): boolean {
  if (host.includes("xn--") || BRAND.test(host.replaceAll(/[.-]/g, ""))) return true;
  return VENUES.some((venue) => editsBetween(host, venue.host) <= 3);
}
