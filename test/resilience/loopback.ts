import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from "node:net";
import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { type HttpOptions, openHttp } from "../../src/resilience/http.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

export const TOKEN = new Secret("canary-5f0c7d2e91");

export type Loopback = { readonly origin: string; readonly port: number; close(): Promise<void> };

/** An HTTP server on this computer. */
export async function serveHttp(handler: RequestListener): Promise<Loopback> {
  return listening(createServer(handler), () => undefined);
}

export type RawLoopback = Loopback & { readonly sockets: readonly Socket[] };

/** A bare TCP server: each connection is played by `play`. */
export async function serveRaw(play: (socket: Socket) => void): Promise<RawLoopback> {
  const sockets: Socket[] = [];
  const server = createRawServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    play(socket);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { ...(await listening(server, cut)), sockets };
}

async function listening(server: Server | RawServer, cut: () => void): Promise<Loopback> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    async close() {
      cut();
      if ("closeAllConnections" in server) server.closeAllConnections();
      if (server.listening) server.close();
    },
  };
}

export type Transport = HttpOptions["transport"];

export function openClient(options: Partial<HttpOptions> & { readonly origin: string }) {
  return openHttp({
    transport: "node",
    userAgent: "tmt-broker-test",
    secrets: [TOKEN],
    clock: systemClock,
    timeoutMs: 5_000,
    ...options,
  });
}

/** The failure that `promise` ends in. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const reason = await promise.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (reason instanceof Failure) return reason;
  throw reason;
}
