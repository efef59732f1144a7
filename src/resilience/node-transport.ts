import { Agent, type IncomingMessage, request as openRequest } from "node:http";
import type { Socket } from "node:net";
import { connectionMaker, type Sockets } from "./sockets.ts";
import {
  bodyCollector,
  CONNECTIONS,
  type ExchangeLimits,
  flatHeaders,
  Stopped,
  type Transport,
  TransportFailure,
  type WireRequest,
  type WireResponse,
} from "./transport.ts";

export type NodeTransportOptions = { readonly sockets: Sockets; readonly maxHeaderBytes: number };

/** Node's own http, for commands that end soon: it costs next to nothing to start. */
export function openNodeTransport(options: NodeTransportOptions): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS.node });
  // Sockets come ready-made, with TLS where the origin says so, hence plain `node:http` serves both.
  agent.createConnection = connectionMaker(options.sockets);
  return {
    exchange: (request, limits) => exchange(agent, options, { request, limits }),
    async close() {
      agent.destroy();
      options.sockets.close();
    },
  };
}

type Job = { readonly request: WireRequest; readonly limits: ExchangeLimits };

function exchange(
  agent: Agent,
  { sockets, maxHeaderBytes }: NodeTransportOptions,
  { request, limits }: Job,
): Promise<WireResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  const { method, path, headers, body } = request;
  const outgoing = openRequest({ agent, method, path, headers, maxHeaderSize: maxHeaderBytes });
  let hasLeft = () => false;
  const fail = (cause: unknown) => {
    // The first word counts: settling again or destroying again changes nothing.
    reject(new TransportFailure(hasLeft(), cause));
    outgoing.destroy();
  };
  const onAbort = () => fail(limits.signal.reason);
  const leave = () => {
    if (outgoing.destroyed) return;
    try {
      limits.beforeLeaving?.();
    } catch (error) {
      return fail(error);
    }
    outgoing.end(body ?? undefined);
  };
  outgoing.once("socket", (socket: Socket) => {
    const before = socket.bytesWritten;
    hasLeft = () => sockets.wasReady(socket) && socket.bytesWritten > before;
    // Bytes that came while it was idle would be taken for the answer to this request.
    if (socket.readableLength > 0) fail(new Stopped("stray-answer"));
    else whenReady(socket, sockets, leave);
  });
  outgoing.on("error", fail);
  outgoing.once("response", (incoming) => receive(incoming, limits, { resolve, fail }));
  outgoing.once("close", () => {
    limits.signal.removeEventListener("abort", onAbort);
    fail(new Stopped("truncated"));
  });
  limits.signal.addEventListener("abort", onAbort, { once: true });
  return promise;
}

/** What fails before is told by the request itself. */
function whenReady(socket: Socket, sockets: Sockets, leave: () => void): void {
  if (sockets.wasReady(socket)) leave();
  else sockets.whenReady(socket, (error) => error ?? leave());
}

type Settle = {
  readonly resolve: (response: WireResponse) => void;
  readonly fail: (cause: unknown) => void;
};

function receive(incoming: IncomingMessage, limits: ExchangeLimits, settle: Settle): void {
  const collector = bodyCollector(limits.maxBodyBytes);
  incoming.on("data", (chunk: Buffer) => {
    if (!collector.add(chunk)) settle.fail(new Stopped("body-too-large"));
  });
  incoming.on("error", settle.fail);
  incoming.on("end", () => {
    if (!incoming.complete) return settle.fail(new Stopped("truncated"));
    const headers = flatHeaders(incoming.headers);
    settle.resolve({ status: incoming.statusCode ?? 0, headers, body: collector.toBuffer() });
  });
}
