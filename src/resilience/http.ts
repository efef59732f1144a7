import { Failure } from "../core/failures.ts";
import { redact, type Secret } from "../core/secret.ts";
import type { Clock } from "../ports/clock.ts";
import { parseOrigin } from "./http-origin.ts";
import { type HttpResponse, readResponse } from "./http-response.ts";
import type { LineStreamRequest } from "./line-stream.ts";
import { consequence, networkFailure } from "./network-errors.ts";
import type { Sockets } from "./sockets.ts";
import {
  CONNECTIONS,
  type HttpMethod,
  Stopped,
  type Transport,
  TransportFailure,
  type WireRequest,
} from "./transport.ts";

export type HttpRequest = {
  readonly method: HttpMethod;
  /** Begins with `/`; its parts are percent-encoded already. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that carry credentials: revealed only on the wire. */
  readonly secretHeaders?: readonly SecretHeader[];
  readonly body?: string;
  /** The answer is asked for compressed: a small one is here sooner without. */
  readonly isAnswerLarge?: boolean;
  /** Stops the request; when it stops before the first byte, nothing is sent. */
  readonly signal?: AbortSignal;
};

export type SecretHeader = {
  readonly name: string;
  /** What stands before the secret, e.g. `Bearer `. */
  readonly prefix: string;
  readonly secret: Secret;
};

export type Send = (request: HttpRequest) => Promise<HttpResponse>;
/** Wraps a sending: where retry, breaker and rate limit have their place. The first one is outermost. */
export type Policy = (request: HttpRequest, send: Send) => Promise<HttpResponse>;

export type HttpOptions = {
  /** Scheme, host and port: `https://…`, or `http://…` on this computer. */
  readonly origin: string;
  /** `node` starts fast, for commands that end soon; `undici` keeps connections warm, for what lives long. */
  readonly transport: "node" | "undici";
  readonly userAgent: string;
  /** Taken out of every text that comes back. */
  readonly secrets: readonly Secret[];
  readonly clock: Clock;
  readonly connectTimeoutMs?: number;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Largest body, compressed or not. */
  readonly maxBodyBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly maxLineBytes?: number;
  /** Most connections of the `undici` transport, 4 to 10. */
  readonly connections?: number;
  readonly policies?: readonly Policy[];
};

/** The way to one origin. */
export interface HttpClient {
  /**
   * The answer, where it is one to the request: 2xx, or a 4xx that isn't 429.
   * @throws Failure TIMEOUT, RATE_LIMITED (`details.retryAfterMs`), or BROKER_UNAVAILABLE for everything else:
   * no connection, 5xx, 3xx (never followed), an oversized or unreadable answer. `sent` is false only when
   * provably nothing was carried out.
   */
  request: Send;
  /**
   * The lines of an answer that goes on, as they come, several at a time; policies have no part in it. Quiet after an
   * abort. @throws Failure as `request` does, and when the answer ends, or falls silent (TIMEOUT).
   */
  lines(request: HttpRequest & LineStreamRequest): AsyncIterable<readonly string[]>;
  stats(): HttpStats;
  close(): Promise<void>;
}

export type HttpStats = {
  readonly requests: number;
  readonly inFlight: number;
  readonly connectionsOpened: number;
};

const DEFAULTS = {
  connectTimeoutMs: 5_000,
  timeoutMs: 15_000,
  maxBodyBytes: 8 * 1024 * 1024,
  maxHeaderBytes: 32 * 1024,
  maxLineBytes: 1024 * 1024,
  connections: CONNECTIONS.undici,
  policies: [],
} as const;

/**
 * Opens the way to an origin; nothing connects before the first request.
 * @throws Failure CONFIG_INVALID when the origin isn't an `https` one, or `http` to this computer.
 */
export function openHttp(given: HttpOptions): HttpClient {
  const options = { ...DEFAULTS, ...given };
  const origin = parseOrigin(options.origin);
  const ways = openWays(options, origin);
  let requests = 0;
  let inFlight = 0;

  const sendOnce: Send = async (request) => {
    requests += 1;
    inFlight += 1;
    try {
      return await exchange(await ways.transport(), request, { options, origin });
    } finally {
      inFlight -= 1;
    }
  };
  return {
    request: options.policies.reduceRight<Send>(
      (send, policy) => (request) => policy(request, send),
      sendOnce,
    ),
    async *lines(request) {
      if (request.signal.aborted) return;
      const { readLines } = await import("./line-stream.ts");
      const target = { options, origin };
      const context = { ...contextOf(request, target), sockets: await ways.sockets() };
      yield* readLines(toWire(request, target), request, context);
    },
    stats: () => ({ requests, inFlight, connectionsOpened: ways.connectionsOpened() }),
    close: () => ways.close(),
  };
}

type Options = Required<HttpOptions>;
type Target = { readonly options: Options; readonly origin: URL };

async function exchange(
  transport: Transport,
  request: HttpRequest,
  { options, origin }: Target,
): Promise<HttpResponse> {
  const context = contextOf(request, { options, origin });
  const wire = toWire(request, { options, origin });
  const limit = startLimit(options, request.signal);
  try {
    if (limit.signal.aborted) throw new TransportFailure(false, limit.signal.reason);
    const limits = { signal: limit.signal, maxBodyBytes: options.maxBodyBytes };
    const raw = await transport.exchange(wire, limits);
    return await readResponse(raw, context);
  } catch (error) {
    throw error instanceof Failure ? error : networkFailure(error, context);
  } finally {
    limit.end();
  }
}

/** What an answer is read with, and what a failure says. */
function contextOf({ method, secretHeaders = [] }: HttpRequest, { options, origin }: Target) {
  const secrets = [...options.secrets, ...secretHeaders.map((each) => each.secret)];
  const clean = (text: string) => redact(text, secrets);
  return { ...options, host: origin.host, method, clean };
}

/**
 * One signal for both ways a request is stopped: by its time limit or by the caller. Every `abort` has a
 * reason, because the one that it would make itself costs as much as the rest of a request.
 */
function startLimit({ clock, timeoutMs }: Options, caller: AbortSignal | undefined) {
  const stop = new AbortController();
  const done = new AbortController();
  const onCaller = () => stop.abort(new Stopped("interrupted"));
  clock.sleep(timeoutMs, done.signal).then(
    () => stop.abort(new Stopped("total-timeout")),
    // The sleep was stopped because the exchange is over.
    () => undefined,
  );
  caller?.addEventListener("abort", onCaller, { once: true });
  if (caller?.aborted) onCaller();
  return {
    signal: stop.signal,
    end() {
      caller?.removeEventListener("abort", onCaller);
      done.abort("over");
    },
  };
}

const HEADER_VALUE = /^[\x20-\x7e]*$/;

function toWire(request: HttpRequest, { options, origin }: Target): WireRequest {
  const headers: Record<string, string> = {
    host: origin.host,
    "user-agent": options.userAgent,
    accept: "application/json",
    "accept-encoding": request.isAnswerLarge ? "gzip" : "identity",
    ...request.headers,
  };
  for (const { name, prefix, secret } of request.secretHeaders ?? []) {
    headers[name] = `${prefix}${secret.reveal()}`;
    if (!HEADER_VALUE.test(headers[name])) throw unusableSecret(name);
  }
  const body = request.body ?? null;
  if (body !== null) {
    headers["content-type"] ??= "application/json";
    headers["content-length"] = `${Buffer.byteLength(body)}`;
  }
  return { method: request.method, path: request.path, headers, body };
}

/** The connections and the transport over them: each is loaded and opened when it is first needed. */
function openWays(options: Options, origin: URL) {
  let isClosed = false;
  let sockets: Promise<Sockets> | null = null;
  let transport: Promise<Transport> | null = null;
  let connectionsOpened = () => 0;
  const openSocketsOnce = async () => {
    const { openSockets } = await import("./sockets.ts");
    const opened = await openSockets({ ...options, origin });
    connectionsOpened = () => opened.opened;
    return opened;
  };
  const whileOpen = async <T>(make: () => Promise<T>): Promise<T> => {
    if (isClosed) throw closedFailure(origin.host);
    const made = await make();
    if (isClosed) throw closedFailure(origin.host);
    return made;
  };
  const knownSockets = () => {
    sockets ??= openSocketsOnce();
    return sockets;
  };
  return {
    sockets: () => whileOpen(knownSockets),
    transport: () =>
      whileOpen(() => {
        transport ??= knownSockets().then((opened) => openTransport(opened, { options, origin }));
        return transport;
      }),
    connectionsOpened: () => connectionsOpened(),
    async close() {
      isClosed = true;
      await (await transport)?.close();
      (await sockets)?.close();
    },
  };
}

async function openTransport(sockets: Sockets, { options, origin }: Target): Promise<Transport> {
  if (options.transport === "undici") {
    const { openUndiciTransport } = await import("./undici-transport.ts");
    return openUndiciTransport({ ...options, origin, sockets });
  }
  const { openNodeTransport } = await import("./node-transport.ts");
  return openNodeTransport({ ...options, sockets });
}

function closedFailure(host: string): Failure {
  const message = `The connection to ${host} is closed. ${consequence("POST", false)}`;
  return new Failure("BROKER_UNAVAILABLE", message);
}

function unusableSecret(header: string): Failure {
  const message = "The stored credential holds a character that can't be sent. Nothing was sent.";
  return new Failure("CREDENTIALS_INVALID", message, {
    hint: "Store it again; a line break at its end or a letter outside ASCII is the usual cause.",
    details: { header },
  });
}
