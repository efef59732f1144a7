import { Failure } from "../core/failures.ts";
import { redact, type Secret } from "../core/secret.ts";
import type { Clock } from "../ports/clock.ts";
import { parseOrigin } from "./http-origin.ts";
import { type HttpResponse, readResponse } from "./http-response.ts";
import type { LineStreamRequest } from "./line-stream.ts";
import { consequence, networkFailure } from "./network-errors.ts";
import type { BeforeConnect, SocketCount, Sockets } from "./sockets.ts";
import type { BeforeStream } from "./stream-limit.ts";
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
  /** A 200 that isn't JSON is no answer: it fails here, where it can be tried again, and not when it is read. */
  readonly mustBeJson?: boolean;
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
  /** Waited for before each new connection to `host`. @throws Failure, and none is opened. */
  readonly beforeConnect?: BeforeConnect;
  /** Waited for before each stream; what it gives is called after the stream. @throws Failure, and none is opened. */
  readonly beforeStream?: BeforeStream;
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
  /** Connections that stand now, and those on their way. */
  readonly connected: number;
  readonly pending: number;
  /** Connections without a request. */
  readonly free: number;
  /** Requests without a connection: they wait for one, or for what a policy waits for. */
  readonly queued: number;
};

const DEFAULTS = {
  connectTimeoutMs: 5_000,
  timeoutMs: 15_000,
  maxBodyBytes: 8 * 1024 * 1024,
  maxHeaderBytes: 32 * 1024,
  maxLineBytes: 1024 * 1024,
  connections: CONNECTIONS.undici,
  policies: [],
  beforeConnect: null,
  beforeStream: async () => async () => undefined,
} as const;

/**
 * Opens the way to an origin; nothing connects before the first request.
 * @throws Failure CONFIG_INVALID when the origin isn't an `https` one, or `http` to this computer.
 */
export function openHttp(given: HttpOptions): HttpClient {
  const options = { ...DEFAULTS, ...given };
  const origin = parseOrigin(options.origin);
  const ways = openWays(options, origin);
  let calls = 0;
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
  const sendWithPolicies = options.policies.reduceRight<Send>(
    (send, policy) => (request) => policy(request, send),
    sendOnce,
  );
  return {
    async request(request) {
      calls += 1;
      try {
        return await sendWithPolicies(request);
      } finally {
        calls -= 1;
      }
    },
    async *lines(request) {
      if (request.signal.aborted) return;
      const { readLines } = await import("./line-stream.ts");
      const target = { options, origin };
      const context = { ...contextOf(request, target), sockets: await ways.sockets() };
      const leave = await options.beforeStream(origin.hostname);
      try {
        yield* readLines(toWire(request, target), request, context);
      } finally {
        await leave();
      }
    },
    stats() {
      const { opened: connectionsOpened, connected, pending } = ways.count();
      const free = Math.max(0, connected - inFlight);
      const queued = calls - Math.min(inFlight, connected);
      return { requests, inFlight, connectionsOpened, connected, pending, free, queued };
    },
    close: () => ways.close(),
  };
}

type Options = Required<Omit<HttpOptions, "beforeConnect">> & {
  readonly beforeConnect: BeforeConnect | null;
};
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
    const response = await readResponse(raw, context);
    if (request.mustBeJson && response.status === 200) response.json();
    return response;
  } catch (error) {
    const reason = error instanceof TransportFailure ? error.cause : error;
    throw reason instanceof Failure ? reason : networkFailure(error, context);
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

const NO_SOCKETS: SocketCount = { opened: 0, connected: 0, pending: 0 };

/** The connections and the transport over them: each is loaded and opened when it is first needed. */
function openWays(options: Options, origin: URL) {
  let isClosed = false;
  let sockets: Promise<Sockets> | null = null;
  let transport: Promise<Transport> | null = null;
  let count = () => NO_SOCKETS;
  const openSocketsOnce = async () => {
    const { openSockets } = await import("./sockets.ts");
    const opened = await openSockets({ ...options, origin });
    count = opened.count;
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
    count: () => count(),
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
