import { type Dispatcher, Pool } from "undici";
import type { Sockets } from "./sockets.ts";
import {
  bodyCollector,
  type ExchangeLimits,
  flatHeaders,
  Stopped,
  type Transport,
  TransportFailure,
  type WireRequest,
  type WireResponse,
} from "./transport.ts";

const KEEP_ALIVE_MS = 60_000;
const KEEP_ALIVE_MAX_MS = 120_000;

export type UndiciTransportOptions = {
  readonly origin: URL;
  readonly sockets: Sockets;
  readonly maxHeaderBytes: number;
  /** Most connections at once. */
  readonly connections: number;
};

/** A pool of warm connections, for everything that lives long. */
export function openUndiciTransport(options: UndiciTransportOptions): Transport {
  const { sockets } = options;
  const pool = new Pool(options.origin, {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: options.maxHeaderBytes,
    // http.ts bounds the whole exchange in time.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(_target, callback) {
      sockets.open((unopened, socket) => {
        if (unopened) return callback(unopened, null);
        sockets.whenReady(socket, (error) => {
          if (error) callback(error, null);
          else callback(null, socket);
        });
      });
    },
  });
  return {
    exchange: (request, limits) => exchange(pool, request, limits),
    async close() {
      await pool.destroy();
      sockets.close();
    },
  };
}

function exchange(pool: Pool, request: WireRequest, limits: ExchangeLimits): Promise<WireResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  const collector = bodyCollector(limits.maxBodyBytes);
  let running: Dispatcher.DispatchController | null = null;
  let isOver = false;
  let head = { status: 0, headers: flatHeaders({}) };
  const finish = (settle: () => void) => {
    isOver = true;
    limits.signal.removeEventListener("abort", onAbort);
    settle();
  };
  const fail = (cause: unknown) => {
    finish(() => reject(new TransportFailure(running !== null, cause)));
    running?.abort(asError(cause));
  };
  const onAbort = () => fail(limits.signal.reason);
  const mayLeave = () => {
    try {
      limits.beforeLeaving?.();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };
  const answer = () => ({ ...head, body: collector.toBuffer() });
  limits.signal.addEventListener("abort", onAbort, { once: true });
  pool.dispatch(toDispatch(request), {
    onRequestStart(controller) {
      // Given up while it waited for a connection, or started before: it mustn't go out (again).
      if (isOver || running) controller.abort(new Stopped("truncated"));
      else if (mayLeave()) running = controller;
      else controller.abort(new Stopped("truncated"));
    },
    onResponseStart(_controller, status, headers) {
      head = { status, headers: flatHeaders(headers) };
    },
    onResponseData(_controller, chunk) {
      if (!collector.add(chunk)) fail(new Stopped("body-too-large"));
    },
    onResponseEnd: () => finish(() => whenReusable(() => resolve(answer()))),
    onResponseError: (_controller, error) => fail(error),
  });
  return promise;
}

/** The pool takes a connection back a turn after its answer; a request sent sooner would open another. */
function whenReusable(callback: () => void): void {
  queueMicrotask(() => setImmediate(callback));
}

function toDispatch(request: WireRequest): Dispatcher.DispatchOptions {
  const { method, path, headers, body } = request;
  return { method, path, headers: { ...headers }, body };
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
