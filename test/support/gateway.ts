import { once } from "node:events";
import { createServer, request as openRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** Something between the program and its broker that can fail, and knows every request that came. */
export type Gateway = {
  readonly url: string;
  /** `METHOD /path` of every request that came, whatever became of it. */
  readonly requests: string[];
  /** What becomes of requests from now on: passed on, or answered with this status. */
  mode: "pass" | number;
  /** Headers of the answers that it gives itself. */
  headers: Record<string, string>;
  /** How long the answer to what was passed on to change the account is held back. */
  answerAfterMs: number;
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
  };
  server.on("request", handlerOf(gateway, target));
  return gateway;
}

function handlerOf(gateway: Gateway, target: string): RequestListener {
  return (incoming, response) => {
    const { method, url, headers } = incoming;
    gateway.requests.push(`${method} ${url}`);
    if (gateway.mode !== "pass") {
      response.writeHead(gateway.mode, gateway.headers).end("<h1>Bad gateway</h1>");
      return;
    }
    const outgoing = openRequest(`${target}${url}`, { method, headers }, (answer) => {
      setTimeout(
        () => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
        method === "GET" ? 0 : gateway.answerAfterMs,
      );
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  };
}
