import { type IncomingMessage, request as openRequest } from "node:http";
import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import { type HttpResponse, type ResponseContext, readResponse } from "./http-response.ts";
import { openLineSplitter } from "./line-splitter.ts";
import { networkFailure } from "./network-errors.ts";
import { connectionMaker, type Sockets } from "./sockets.ts";
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
    const lines = takeLines(incoming, context);
    limits.headArrived(lines);
    for (;;) {
      yield await lines.next();
      if (signal.aborted) return;
    }
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
  const createConnection = connectionMaker(sockets);
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

/** What waits for its reader, in bytes; beyond it nothing is read from the connection. */
const MOST_WAITING = 256 * 1024;

type Lines = {
  /** All that have come since the last call, at least one. @throws why no more come. */
  next(): Promise<readonly string[]>;
  /** When the last byte came; null while reading is stopped, for what isn't read can't be silent. */
  lastByteMs(): number | null;
};

function takeLines(
  incoming: IncomingMessage,
  { clock, maxLineBytes }: Pick<LineStreamContext, "clock" | "maxLineBytes">,
): Lines {
  const splitter = openLineSplitter(maxLineBytes);
  let waiting: string[] = [];
  let waitingBytes = 0;
  let ending: unknown = null;
  let aliveMs = clock.monotonicMs();
  let wake: () => void = () => undefined;
  const end = (reason: unknown) => {
    ending ??= reason;
    wake();
  };
  incoming.on("data", (chunk: Buffer) => {
    aliveMs = clock.monotonicMs();
    waitingBytes += chunk.length;
    try {
      for (const line of splitter.push(chunk)) waiting.push(line);
    } catch (error) {
      return end(error);
    }
    // A line that isn't whole yet can't wait: the rest of it must come.
    if (waiting.length > 0 && waitingBytes >= MOST_WAITING) incoming.pause();
    wake();
  });
  incoming.on("error", end);
  incoming.on("close", () => end(new Stopped("ended")));
  return {
    async next() {
      while (waiting.length === 0) {
        if (ending !== null) throw ending;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      const lines = waiting;
      waiting = [];
      waitingBytes = 0;
      if (incoming.isPaused()) {
        aliveMs = clock.monotonicMs();
        incoming.resume();
      }
      return lines;
    },
    lastByteMs: () => (incoming.isPaused() ? null : aliveMs),
  };
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
  const onCaller = () => stop.abort(new Stopped("interrupted"));
  const watchSilence = async ({ lastByteMs }: Lines) => {
    let quietMs = 0;
    while (quietMs < silenceMs) {
      await clock.sleep(silenceMs - quietMs, over.signal);
      quietMs = clock.monotonicMs() - (lastByteMs() ?? clock.monotonicMs());
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
    headArrived(lines: Lines) {
      head.abort("over");
      watchSilence(lines).catch(ignoreStopped);
    },
    end() {
      caller.removeEventListener("abort", onCaller);
      head.abort("over");
      over.abort("over");
      stop.abort(new Stopped("interrupted"));
    },
  };
}
