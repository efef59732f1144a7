import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a stream on its way: `split` sends it byte by byte, `silent` keeps everything back, `hold` keeps the
 * prices back and lets heartbeats through, `replay` sends the first price again after each one.
 */
export type RelayMode = "pass" | "split" | "silent" | "hold" | "replay";

/** Stands between a client and a v20 server, and does to its streams what networks do. */
export type StreamRelay = {
  readonly url: string;
  mode: RelayMode;
  /** Streams are accepted and closed at once. */
  slams: boolean;
  /** When each stream was asked for, oldest first, with its path. */
  readonly opened: readonly string[];
  /** Streams that stand. */
  readonly standing: number;
  /** The most that ever stood together. */
  readonly mostStanding: number;
  /** `METHOD /path` of every other request. */
  readonly requests: readonly string[];
  /** Cuts every connection. */
  cut(): void;
  /** Cuts every connection, and takes no more of them until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
};

export async function openStreamRelay(target: string): Promise<StreamRelay> {
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const opened: string[] = [];
  const requests: string[] = [];
  const streams = new Set<ServerResponse>();
  let mostStanding = 0;
  const relay: StreamRelay = {
    url: `http://127.0.0.1:${port}`,
    mode: "pass",
    slams: false,
    opened,
    requests,
    get standing() {
      return streams.size;
    },
    get mostStanding() {
      return mostStanding;
    },
    cut: () => server.closeAllConnections(),
    async goAway() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
    async comeBack() {
      server = await listen(port);
      server.on("request", onRequest);
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
  const onRequest: RequestListener = (incoming, response) => {
    const path = `${incoming.url}`;
    if (!/\/stream(\?|$)/.test(path)) {
      requests.push(`${incoming.method} ${path}`);
      passOn(incoming, response, target);
      return;
    }
    opened.push(path);
    if (relay.slams) {
      incoming.socket.destroy();
      return;
    }
    streams.add(response);
    mostStanding = Math.max(mostStanding, streams.size);
    response.on("close", () => streams.delete(response));
    relayStream(relay, { incoming, response, target });
  };
  server.on("request", onRequest);
  return relay;
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function passOn(incoming: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, url, headers } = incoming;
  const outgoing = openRequest(`${target}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  incoming.pipe(outgoing);
}

type Relayed = {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: string;
};

function relayStream(relay: StreamRelay, { incoming, response, target }: Relayed): void {
  const { url, headers } = incoming;
  const write = lineWriter(relay, response);
  const outgoing = openRequest(`${target}${url}`, { headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (answer.statusCode !== 200) {
      answer.pipe(response);
      return;
    }
    response.flushHeaders();
    let rest = "";
    answer.on("data", (chunk: Buffer) => {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) write(line);
    });
    answer.on("error", () => response.destroy());
    answer.on("close", () => response.destroy());
  });
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  outgoing.end();
}

/** Does to each line what the relay's mode says. */
function lineWriter(relay: StreamRelay, response: ServerResponse): (line: string) => void {
  let first: string | null = null;
  const ways: Readonly<Record<RelayMode, (line: string, isPrice: boolean) => void>> = {
    pass: (line) => response.write(`${line}\n`),
    split(line) {
      for (const byte of Buffer.from(`${line}\n`)) response.write(Buffer.of(byte));
    },
    silent: () => undefined,
    hold(line, isPrice) {
      if (!isPrice) response.write(`${line}\n`);
    },
    replay: (line, isPrice) => response.write(isPrice ? `${line}\n${first}\n` : `${line}\n`),
  };
  return (line) => {
    const isPrice = line.includes('"PRICE"');
    if (isPrice) first ??= line;
    ways[relay.mode](line, isPrice);
  };
}
