import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PriceHistory } from "../feed/price-history.ts";
import { ACCOUNT_ROUTES } from "./account-routes.ts";
import { FAULTS_AFTER, FAULTS_BEFORE, failExchange } from "./apply-faults.ts";
import type { Answer, Handler } from "./call.ts";
import { CANDLE_ROUTES } from "./candle-routes.ts";
import { CHANGES_ROUTES } from "./changes-routes.ts";
import { CONTROL_PREFIX, CONTROL_ROUTES, type Control } from "./control-routes.ts";
import { Refusal, type Reply, replyOf, unauthorized } from "./errors.ts";
import { type Exchange, readBody, sendEmpty, sendHead, sendReply, targetOf } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import { ORDER_ROUTES } from "./order-routes.ts";
import { POSITION_ROUTES } from "./position-routes.ts";
import { PRICING_ROUTES } from "./pricing-routes.ts";
import { parseTarget } from "./query.ts";
import { createRouter } from "./router.ts";
import type { ServerClock } from "./server-clock.ts";
import type { StreamHub } from "./stream-hub.ts";
import { TRADE_ROUTES } from "./trade-routes.ts";
import { TRANSACTION_ROUTES } from "./transaction-routes.ts";

/** What became of one request. */
export type RequestEntry = {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly status: number;
  readonly requestId: string;
};

export type RequestContext = {
  readonly url: string;
  readonly token: string;
  readonly clock: ServerClock;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly history: PriceHistory;
  readonly control: Control;
  readonly hub: StreamHub;
  readonly nextRequestId: () => string;
  readonly signal: AbortSignal;
  readonly onRequest: (entry: RequestEntry) => void;
  readonly onError: (error: unknown) => void;
};

/** OANDA's limit of streams at a time. */
const STREAMS_MAX = 20;

const route = createRouter<Handler>([
  ...ACCOUNT_ROUTES,
  ...ORDER_ROUTES,
  ...TRADE_ROUTES,
  ...POSITION_ROUTES,
  ...TRANSACTION_ROUTES,
  ...PRICING_ROUTES,
  ...CANDLE_ROUTES,
  ...CHANGES_ROUTES,
]);

const controlRoute = createRouter(CONTROL_ROUTES);

/** Answers each request, or lets it suffer the fault that is its lot; never rejects. */
export function createRequestHandler(context: RequestContext) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange = { request, response, requestId: context.nextRequestId() };
    try {
      if (request.url?.startsWith(CONTROL_PREFIX)) await serveControl(context, exchange);
      else await serve(context, exchange);
    } catch (error) {
      if (context.signal.aborted) return;
      finish(context, exchange, { status: 500, body: { errorMessage: "Internal server error" } });
      context.onError(error);
    }
  };
}

/** Requests about the server itself suffer no faults and aren't counted. */
async function serveControl(context: RequestContext, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const reply = await repliedTo(exchange, async () => {
    requireToken(context, request);
    const { segments } = parseTarget(request.url ?? "");
    const { handler } = controlRoute(request.method ?? "", segments);
    return handler(context.control, await readBody(request));
  });
  sendReply(exchange, reply);
}

async function serve(context: RequestContext, exchange: Exchange): Promise<void> {
  const { clock, signal, control } = context;
  control.requests.count(clock.monotonicMs());
  const latencyMs = control.faults.latencyMs();
  if (latencyMs > 0) await clock.sleep(latencyMs, signal);
  const before = control.faults.pick(targetOf(exchange.request), FAULTS_BEFORE);
  if (before) return failExchange(exchange, before);
  if (exchange.request.method === "OPTIONS") return sendEmpty(exchange, PREFLIGHT);
  const answer = await repliedTo(exchange, () => carryOut(context, exchange));
  if ("openStream" in answer) {
    entry(context, exchange, 200);
    if (exchange.request.method === "HEAD") sendHead(exchange);
    else context.hub.open(exchange, answer.openStream);
    return;
  }
  finish(context, exchange, answer);
}

/** What a browser asks before it sends a token to another origin. */
const PREFLIGHT = {
  "Access-Control-Allow-Methods": "GET, PUT, POST, PATCH",
  "Access-Control-Allow-Headers":
    "Authorization, Content-Type, Accept-Datetime-Format, ClientRequestID, OANDA-Agent",
} as const;

async function repliedTo<T extends Answer>(
  { request }: Exchange,
  work: () => Promise<T>,
): Promise<T | Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return replyOf(error, request.method ?? "");
    throw error;
  }
}

async function carryOut(context: RequestContext, exchange: Exchange): Promise<Answer> {
  const { request, requestId } = exchange;
  requireToken(context, request);
  const { path, segments, query } = parseTarget(request.url ?? "");
  // Node sends no body after HEAD.
  const method = request.method === "HEAD" ? "GET" : (request.method ?? "");
  const { handler, parameters } = route(method, segments);
  const body = method === "GET" ? {} : await readBody(request);
  const answer = handler({
    ledgers: context.ledgers,
    history: context.history,
    parameters,
    query,
    body,
    requestId,
    timeFormat: headerOf(request, "accept-datetime-format"),
    now: context.clock.now(),
    clock: context.clock,
    path,
    url: context.url,
    isPartialFill: () =>
      context.control.faults.pick(targetOf(request), ["partial-fill"]) !== undefined,
    areStopsRefused: () =>
      context.control.faults.pick(targetOf(request), ["stop-refused"]) !== undefined,
  });
  const isTooMany = "openStream" in answer && context.hub.openStreams >= STREAMS_MAX;
  if (isTooMany) throw new Refusal(429, `At most ${STREAMS_MAX} streams may be open at a time`);
  return answer;
}

/** @throws Refusal 401 without the token. */
function requireToken({ token }: RequestContext, { headers }: IncomingMessage): void {
  const given = Buffer.from(/^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1] ?? "");
  const expected = Buffer.from(token);
  const isSame = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isSame) throw unauthorized();
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Sends the reply, unless a fault takes it away or cuts it; what was asked for has been done. */
function finish(context: RequestContext, exchange: Exchange, reply: Reply): void {
  entry(context, exchange, reply.status);
  const fault = context.control.faults.pick(targetOf(exchange.request), FAULTS_AFTER);
  if (fault === "lost-response") exchange.request.socket.destroy();
  else sendReply(exchange, reply, { isTruncated: fault === "malformed" });
}

function entry({ onRequest }: RequestContext, exchange: Exchange, status: number): void {
  const { method = "", url = "" } = exchange.request;
  onRequest({ method, target: url, status, requestId: exchange.requestId });
}
