import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { openOandaConnection } from "../../../src/adapters/oanda/connection.ts";
import type { Environment } from "../../../src/core/order.ts";
import { systemClock } from "../../../src/resilience/system-clock.ts";
import { serveHttp, TOKEN } from "../../resilience/loopback.ts";

export const ACCOUNT = "101-001-1234567-001";
export const A = `/v3/accounts/${ACCOUNT}`;

/** An answer: a whole envelope, or text that isn't JSON. */
export type Scripted = { readonly status?: number; readonly body: unknown };
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: unknown;
};

export function fixture(name: string): Record<string, unknown> {
  const file = new URL(`../../fixtures/oanda/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * A server that gives each `METHOD path` (without the query) its answers in turn, the last one again and
 * again, and a connection to it.
 */
export async function openScripted(
  script: Readonly<Record<string, Scripted | readonly Scripted[]>>,
  environment: Environment = "practice",
) {
  const seen: Seen[] = [];
  const left = new Map(Object.entries(script).map(([key, value]) => [key, [value].flat()]));
  const server = await serveHttp(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { method = "", url = "", headers } = request;
    seen.push({ method, path: url, headers, body: text === "" ? null : JSON.parse(text) });
    const answers = left.get(`${method} ${url.split("?")[0]}`) ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const { status = 200, body } = answer ?? { status: 404, body: { errorMessage: "no route" } };
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  const connection = openOandaConnection({
    profile: { environment, host: server.origin },
    token: TOKEN,
    clock: systemClock,
    version: "1.2.3",
  });
  onTestFinished(async () => {
    await connection.close();
    await server.close();
  });
  return { connection, broker: connection.broker(ACCOUNT), seen };
}
