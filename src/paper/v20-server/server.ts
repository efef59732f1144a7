import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Region } from "../../core/account.ts";
import type { Decimal } from "../../core/money.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { PriceHistory } from "../feed/price-history.ts";
import { type GuaranteedStopMode, type VenueHours, venueProfile } from "../venue-profile.ts";
import type { Control } from "./control-routes.ts";
import { STANDING_HEADERS } from "./exchange.ts";
import { createFaults, type Fault, type Faults } from "./faults.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { createMeter } from "./request-meter.ts";
import { createRequestHandler, type RequestEntry } from "./serve-request.ts";
import type { ServerClock } from "./server-clock.ts";
import { createStreamHub, OANDA_TIMING, type StreamHub, type StreamTiming } from "./stream-hub.ts";

export type PracticeAccount = {
  readonly id: string;
  readonly alias?: string | null;
  readonly currency: string;
  readonly balance: Decimal;
  readonly region: Region;
};

export type PracticeServerOptions = {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  readonly feed: PriceHistory;
  readonly clock: ServerClock;
  readonly accounts: readonly PracticeAccount[];
  /** When the venue trades, for its financing; the feed says when it is tradeable. */
  readonly hours?: VenueHours;
  /** Whether trades may have guaranteed stops; by the accounts' region unless told. */
  readonly guaranteedStops?: GuaranteedStopMode;
  /** When the accounts were opened; the clock's now unless told. */
  readonly openedAt?: Instant;
  readonly faults?: readonly Fault[];
  /** Of the faults' dice. */
  readonly seed?: number;
  readonly timing?: Partial<StreamTiming>;
  /** Told of every answer, also of those that a fault takes away. */
  readonly onRequest?: (entry: RequestEntry) => void;
  /** Told of what must not happen: a defect of the server itself. */
  readonly onError?: (error: unknown) => void;
};

export interface PracticeServer {
  /** E.g. http://127.0.0.1:8090: REST and both streams. */
  readonly url: string;
  readonly token: string;
  /** The accounts' ids. */
  readonly accounts: readonly string[];
  /** Hits the next matching request or stream line with a fault. */
  readonly faultNext: Faults["next"];
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** A client gets this long to send a request; OANDA's clients send theirs at once. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens an OANDA-v20-compatible server over the paper engine; its accounts live as long as it does.
 * @throws the socket's error when it can't listen there.
 */
export async function openPracticeServer(options: PracticeServerOptions): Promise<PracticeServer> {
  const { clock, token } = options;
  const closing = new AbortController();
  const faults = createFaults(options.faults ?? [], options.seed ?? 1);
  const ledgers = openLedgers(options);
  const nextRequestId = requestIds(clock.now());
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  await listen(server, options);
  const url = urlOf(server, options.host);
  const shared = { clock, ledgers, signal: closing.signal, ...listenersOf(options) };
  const timing = { ...OANDA_TIMING, ...options.timing };
  const hub = createStreamHub({ ...shared, faults, timing });
  const control = controlOf(server, { faults, clock, hub });
  const handle = createRequestHandler({
    ...shared,
    history: options.feed,
    control,
    url,
    token,
    hub,
    nextRequestId,
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void handle(request, response);
  });
  server.on("clientError", (_error, socket: Socket) => refuseUnreadable(socket, nextRequestId()));
  return {
    url,
    token,
    accounts: [...ledgers.keys()],
    faultNext: faults.next,
    close: () => close(server, closing),
  };
}

/** Counts connections from now on. */
function controlOf(
  server: Server,
  { faults, clock, hub }: { faults: Faults; clock: ServerClock; hub: StreamHub },
): Control {
  const [requests, connections] = [createMeter(), createMeter()];
  let open = 0;
  server.on("connection", (socket: Socket) => {
    connections.count(clock.monotonicMs());
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
  });
  return {
    faults,
    requests,
    connections,
    openConnections: () => open,
    openStreams: () => hub.openStreams,
  };
}

function listenersOf({ onRequest, onError }: PracticeServerOptions) {
  return { onRequest: onRequest ?? (() => undefined), onError: onError ?? (() => undefined) };
}

function openLedgers(options: PracticeServerOptions): ReadonlyMap<string, Ledger> {
  const at = options.openedAt ?? options.clock.now();
  return new Map(
    options.accounts.map(({ region, ...terms }) => {
      const venue = { feed: options.feed, profile: profileOf(options, region) };
      return [terms.id, openLedger(venue, { ...terms, at })];
    }),
  );
}

function profileOf({ hours = "always", guaranteedStops }: PracticeServerOptions, region: Region) {
  const profile = venueProfile(region, hours);
  if (!guaranteedStops) return profile;
  return { ...profile, guaranteedStops: { ...profile.guaranteedStops, mode: guaranteedStops } };
}

/** Ids as OANDA's look: long numbers, each used once. */
function requestIds(startedAt: Instant): () => string {
  const prefix = instantToMs(startedAt);
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${String(count).padStart(6, "0")}`;
  };
}

function listen(server: Server, { host, port }: PracticeServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Bytes that are no HTTP: also what is left of a body whose length a client counted wrongly. */
function refuseUnreadable(socket: Socket, requestId: string): void {
  const body = JSON.stringify({ errorMessage: "The request could not be read" });
  const head = [
    "HTTP/1.1 400 Bad Request",
    ...Object.entries(STANDING_HEADERS).map(([name, value]) => `${name}: ${value}`),
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `RequestID: ${requestId}`,
    "Connection: close",
  ];
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  else socket.destroy();
}

function close(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
