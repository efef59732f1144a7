import { type IncomingMessage, request as openRequest } from "node:http";
import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import { type HttpResponse, type ResponseContext, readResponse } from "./http-response.ts";
import { openLineSplitter } from "./line-splitter.ts";
import { networkFailure } from "./network-errors.ts";
import type { Sockets } from "./sockets.ts";
import {
  bodyCollector,
  flatHeaders,
  Stopped,
  TransportFailure,
  type WireRequest,
} from "./transport.ts";

export type LineStreamRequest = {
  /** Stops the stream, quietly. */
  readonly signal: AbortSignal;
  /** Longest silence; every byte is a sign of life. */
  readonly silenceMs: number;
  /** What a refusal (a 4xx) means. */
  readonly refusal: (response: HttpResponse) => Failure;
};

export type LineStreamContext = ResponseContext & {
  readonly sockets: Sockets;
  readonly maxHeaderBytes: number;
  readonly maxLineBytes: number;
};

/**
 * The lines of an answer that goes on, as they come, several at a time. It has a connection of its own, which no pool
 * would speed up: hence both transports share it. Reading stops while nobody asks for more.
 * @throws Failure when the answer can't be had, ends, or falls silent.
 */
export async function* readLines(
  wire: WireRequest,
  { signal, silenceMs, refusal }: LineStreamRequest,
  context: LineStreamContext,
): AsyncGenerator<readonly string[]> {
  const limits = startLimits(signal, { ...context, silenceMs });
  try {
    const incoming = await openAnswer(wire, limits.signal, context);
    if (incoming.statusCode !== 200) throw refusal(await readWhole(incoming, context));
    checkIsPlain(incoming);
    limits.headArrived();
    const splitter = openLineSplitter(context.maxLineBytes);
    for await (const chunk of incoming) {
      limits.isWaiting(false);
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield lines;
      if (signal.aborted) return;
      limits.isWaiting(true);
    }
    throw new Stopped("ended");
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Failure) throw error;
    // What our own cut does to the connection isn't why it was cut.
    const cause = limits.signal.aborted ? limits.signal.reason : error;
    throw networkFailure(new TransportFailure(false, cause), { ...context, silenceMs });
  } finally {
    limits.end();
  }
}

/** Resolves with the head of the answer; the signal cuts the connection at any time. */
function openAnswer(
  { method, path, headers }: WireRequest,
  signal: AbortSignal,
  { sockets, maxHeaderBytes: maxHeaderSize }: LineStreamContext,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const createConnection = () => sockets.open();
  const outgoing = openRequest({ method, path, headers, maxHeaderSize, createConnection });
  const cut = () => outgoing.destroy(signal.reason);
  outgoing.once("response", resolve);
  outgoing.on("error", reject);
  outgoing.once("close", () => {
    signal.removeEventListener("abort", cut);
    reject(new Stopped("truncated"));
  });
  signal.addEventListener("abort", cut, { once: true });
  if (signal.aborted) cut();
  outgoing.end();
  return promise;
}

/** An answer that isn't a stream: it is read as any other. */
async function readWhole(
  incoming: IncomingMessage,
  context: LineStreamContext,
): Promise<HttpResponse> {
  const collector = bodyCollector(context.maxBodyBytes);
  for await (const chunk of incoming) {
    if (!collector.add(chunk)) throw new Stopped("body-too-large");
  }
  const { statusCode: status = 0, headers } = incoming;
  const raw = { status, headers: flatHeaders(headers), body: collector.toBuffer() };
  return readResponse(raw, context);
}

function checkIsPlain({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity") throw new Stopped("not-text");
}

type LimitOptions = {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly silenceMs: number;
};

/** One signal for all that stops a stream: its caller, a head that doesn't come in time, and silence after it. */
function startLimits(caller: AbortSignal, { clock, timeoutMs, silenceMs }: LimitOptions) {
  const stop = new AbortController();
  const head = new AbortController();
  const over = new AbortController();
  let isWaiting = true;
  let aliveMs = 0;
  const onCaller = () => stop.abort(new Stopped("interrupted"));
  const watchSilence = async () => {
    let quietMs = 0;
    while (quietMs < silenceMs) {
      await clock.sleep(silenceMs - quietMs, over.signal);
      // What isn't asked for isn't silent.
      quietMs = isWaiting ? clock.monotonicMs() - aliveMs : 0;
    }
    stop.abort(new Stopped("silent"));
  };
  // A sleep that is stopped early has done its work.
  const ignoreStopped = () => undefined;
  clock
    .sleep(timeoutMs, head.signal)
    .then(() => stop.abort(new Stopped("total-timeout")), ignoreStopped);
  caller.addEventListener("abort", onCaller, { once: true });
  if (caller.aborted) onCaller();
  return {
    signal: stop.signal,
    headArrived() {
      head.abort("over");
      aliveMs = clock.monotonicMs();
      watchSilence().catch(ignoreStopped);
    },
    isWaiting(value: boolean) {
      isWaiting = value;
      aliveMs = clock.monotonicMs();
    },
    end() {
      caller.removeEventListener("abort", onCaller);
      head.abort("over");
      over.abort("over");
      stop.abort(new Stopped("interrupted"));
    },
  };
}
