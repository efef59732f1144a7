import { connect as connectPlain, isIP, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { connect as ConnectTls } from "node:tls";
import type { Clock } from "../ports/clock.ts";
import { Stopped } from "./transport.ts";

export type SocketOptions = {
  readonly origin: URL;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly beforeConnect: BeforeConnect | null;
};

export type BeforeConnect = (host: string) => Promise<void>;

export type SocketCount = {
  /** Ever. */
  readonly opened: number;
  /** Those that stand now, and those on their way. */
  readonly connected: number;
  readonly pending: number;
};

/** The connections to one origin. Both transports get theirs here, so they connect and prove alike. */
export interface Sockets {
  /**
   * Calls back, at once where nothing has to be waited for, with a socket that is still connecting: what is written
   * meanwhile waits inside it.
   */
  open(callback: Opened): void;
  /** Calls back once: when the connection is there (certificate checked), or with why not. */
  whenReady(socket: Socket, callback: (error: Error | null) => void): void;
  /** Whether it was ever ready: before that no byte of a request can have left. */
  wasReady(socket: Socket): boolean;
  count(): SocketCount;
  close(): void;
}

type Opened = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void;

const TCP_KEEP_ALIVE_MS = 30_000;

/** TLS is loaded only where it is spoken: it costs a one-shot command several milliseconds. */
export async function openSockets(options: SocketOptions): Promise<Sockets> {
  const ready = new WeakSet<Socket>();
  const alive = new Set<Socket>();
  const isTls = options.origin.protocol === "https:";
  const readyEvent = isTls ? "secureConnect" : "connect";
  const tls = isTls ? await import("node:tls") : null;
  let opened = 0;

  const openNow = (): Socket => {
    opened += 1;
    const socket = tls ? openTls(options.origin, tls.connect) : openPlain(options.origin);
    socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    alive.add(socket);
    // This listener is the first, so the socket counts as ready before any waiting byte is written.
    socket.once(readyEvent, () => ready.add(socket));
    socket.once("close", () => alive.delete(socket));
    limitConnecting(socket, readyEvent, options);
    return socket;
  };
  const { beforeConnect } = options;
  return {
    open(callback) {
      if (!beforeConnect) return callback(null, openNow());
      beforeConnect(hostOf(options.origin)).then(
        () => callback(null, openNow()),
        (error: Error) => callback(error, null),
      );
    },
    whenReady(socket, callback) {
      const onReady = () => {
        socket.off("error", onError);
        callback(null);
      };
      const onError = (error: Error) => {
        socket.off(readyEvent, onReady);
        callback(error);
      };
      socket.once(readyEvent, onReady);
      socket.once("error", onError);
    },
    wasReady: (socket) => ready.has(socket),
    count() {
      const connected = [...alive].filter((socket) => ready.has(socket)).length;
      return { opened, connected, pending: alive.size - connected };
    },
    close() {
      for (const socket of alive) socket.destroy();
    },
  };
}

type NodeCallback = (error: Error | null, socket: Duplex) => void;

/** Sockets as Node's own http asks for them. */
export function connectionMaker(sockets: Sockets) {
  return (_target: unknown, callback?: NodeCallback): undefined => {
    sockets.open((error, socket) => {
      if (socket) callback?.(null, socket);
      // Beside an error Node looks at no socket, and wants one all the same.
      else callback?.(error, new Socket());
    });
  };
}

function openPlain(origin: URL): Socket {
  return connectPlain({ host: hostOf(origin), port: Number(origin.port || 80) });
}

function openTls(origin: URL, connectTls: typeof ConnectTls): Socket {
  const host = hostOf(origin);
  const servername = isIP(host) ? {} : { servername: host };
  const port = Number(origin.port || 443);
  return connectTls({ host, port, ...servername, ALPNProtocols: ["http/1.1"] });
}

function limitConnecting(socket: Socket, readyEvent: string, options: SocketOptions): void {
  const done = new AbortController();
  // With a reason, because the one that it would make itself is costly.
  const stop = () => done.abort("over");
  socket.once(readyEvent, stop);
  socket.once("close", stop);
  options.clock.sleep(options.connectTimeoutMs, done.signal).then(
    () => socket.destroy(new Stopped("connect-timeout")),
    // The sleep was stopped because connecting is over.
    () => undefined,
  );
}

function hostOf(origin: URL): string {
  return origin.hostname.replace(/^\[|\]$/g, "");
}
