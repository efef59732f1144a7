import { once } from "node:events";
import { createServer, request as openRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll } from "vitest";

/** Something between the program and its broker that can fail, and knows every request that came. */
export type Gateway = {
  readonly url: string;
  /** `METHOD /path` of every request that came, whatever became of it. */
  readonly requests: string[];
  /** What becomes of requests from now on: passed on, cut off, left without an answer, or answered with this status. */
  mode: "pass" | "cut" | "stall" | number;
  /** Headers of the answers that it gives itself. */
  headers: Record<string, string>;
  /** How long the answer to what was passed on to change the account is held back. */
  answerAfterMs: number;
  /** Happens after a request, as `METHOD /path`, was carried out, and before its answer is passed on. */
  afterPassing: (request: string) => void;
  /** What takes the place of an answer's document; undefined leaves it as it is. */
  rewrite: (request: string, document: Readonly<Record<string, unknown>>) => unknown;
};

const open: { close(): void; closeAllConnections(): void }[] = [];

afterAll(() => {
  for (const server of open) {
    server.close();
    server.closeAllConnections();
  }
});

/** A gateway on this computer to the server at `target`. */
export async function openGateway(target: string): Promise<Gateway> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  const { port } = server.address() as AddressInfo;
  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    mode: "pass",
    headers: {},
    answerAfterMs: 0,
    afterPassing: () => undefined,
    rewrite: () => undefined,
  };
  server.on("request", handlerOf(gateway, target));
  return gateway;
}

function handlerOf(gateway: Gateway, target: string): RequestListener {
  return (incoming, response) => {
    const { method, url, headers } = incoming;
    gateway.requests.push(`${method} ${url}`);
    if (gateway.mode === "cut") {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (gateway.mode === "stall") return;
    if (gateway.mode !== "pass") {
      response.writeHead(gateway.mode, gateway.headers).end("<h1>Bad gateway</h1>");
      return;
    }
    // What is to be rewritten must be readable.
    const asked = { ...headers, "accept-encoding": "identity" };
    const outgoing = openRequest(`${target}${url}`, { method, headers: asked }, async (answer) => {
      const body = await text(answer);
      gateway.afterPassing(`${method} ${url}`);
      if (method !== "GET") await delay(gateway.answerAfterMs);
      const rewritten = rewrittenBody(gateway, `${method} ${url}`, body);
      const own = { ...answer.headers, "content-length": String(Buffer.byteLength(rewritten)) };
      response.writeHead(answer.statusCode ?? 502, own).end(rewritten);
    });
    outgoing.on("error", () => {
      gateway.afterPassing(`${method} ${url}`);
      response.destroy();
    });
    incoming.pipe(outgoing);
  };
}

function rewrittenBody({ rewrite }: Gateway, request: string, body: string): string {
  const document = rewrite(request, JSON.parse(body));
  return document === undefined ? body : JSON.stringify(document);
}
