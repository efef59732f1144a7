import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { bodyTooLarge, missingData, type Reply } from "./errors.ts";
import type { FaultTarget } from "./faults.ts";

/** One request and its way back. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
};

/** What a fault is aimed at. */
export function targetOf({ method = "", url = "" }: IncomingMessage): FaultTarget {
  const mark = url.indexOf("?");
  return { method, path: mark < 0 ? url : url.slice(0, mark) };
}

const BODY_BYTES_MAX = 1024 * 1024;
const ACCEPTS_GZIP = /(?:^|[\s,])gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/i;

/**
 * Reads a JSON body; an empty one is `{}`.
 * @throws Refusal 413 beyond 1 MB, 400 when it is no JSON object, or ends early.
 */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readText(request);
  if (text.trim() === "") return {};
  const parsed = parseJson(text);
  if (!isRecord(parsed)) throw missingData();
  return parsed;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) throw bodyTooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (bytes > BODY_BYTES_MAX) throw cause;
    throw missingData();
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw missingData();
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type SendOptions = {
  /** Send only the first half of the JSON, with headers that fit it. */
  readonly isTruncated?: boolean;
};

/** Answers with JSON, compressed where the client accepts it. */
export function sendReply(exchange: Exchange, reply: Reply, options: SendOptions = {}): void {
  const text = JSON.stringify(reply.body);
  const sent = options.isTruncated ? text.slice(0, Math.ceil(text.length / 2)) : text;
  send(exchange, { ...reply, contentType: "application/json", text: sent });
}

type TextReply = {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Answers with any text. Nothing happens when the client has gone. */
export function send(exchange: Exchange, reply: TextReply): void {
  const { request, response } = exchange;
  if (response.destroyed || response.headersSent) return;
  const isGzip = ACCEPTS_GZIP.test(String(request.headers["accept-encoding"] ?? ""));
  // Text goes out together with its head, in one write.
  const body = isGzip ? gzipSync(reply.text, { level: 1 }) : reply.text;
  const encoding = isGzip ? { "Content-Encoding": "gzip" } : {};
  response.writeHead(reply.status, {
    ...commonHeaders(exchange),
    "Content-Type": reply.contentType,
    "Content-Length": Buffer.byteLength(body),
    ...encoding,
    ...reply.headers,
  });
  response.end(body);
}

/** Answers 204 with headers alone. */
export function sendEmpty(exchange: Exchange, headers: Readonly<Record<string, string>>): void {
  exchange.response.writeHead(204, { ...commonHeaders(exchange), ...headers });
  exchange.response.end();
}

/** Answers a question about a stream's head. */
export function sendHead(exchange: Exchange): void {
  writeStreamHead(exchange);
  exchange.response.end();
}

/** Begins a stream: its lines are never compressed, and its connection isn't used again. */
export function writeStreamHead(exchange: Exchange): void {
  exchange.response.writeHead(200, {
    ...commonHeaders(exchange),
    "Content-Type": "application/octet-stream",
    Connection: "close",
  });
}

/** Every answer has them, a stream's head too: they are OANDA's. */
function commonHeaders({ request, requestId }: Exchange): Record<string, string> {
  const clientId = request.headers.clientrequestid;
  return {
    ...STANDING_HEADERS,
    RequestID: requestId,
    ...(typeof clientId === "string" ? { ClientRequestID: clientId } : {}),
  };
}

export const STANDING_HEADERS = {
  Server: "openresty",
  "Access-Control-Allow-Origin": "*",
} as const;
