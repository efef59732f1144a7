import type { Exchange } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { type LineStream, type LineWriter, openLines } from "./line-stream.ts";
import type { ServerClock } from "./server-clock.ts";

export type StreamTiming = {
  /** A price is sent at most once in this time for each instrument; triggered orders are found as often. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long is cut off. */
  readonly behindMsMax: number;
};

export const OANDA_TIMING: StreamTiming = {
  tickMs: 250,
  heartbeatMs: 5_000,
  behindMsMax: 30_000,
};

export interface StreamHub {
  readonly openStreams: number;
  open(exchange: Exchange, createStream: (lines: LineWriter) => LineStream): void;
}

type HubOptions = {
  readonly clock: ServerClock;
  readonly timing: StreamTiming;
  readonly faults: Faults;
  readonly signal: AbortSignal;
  /** Brought up to date at each tick, before the streams are. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly onError: (error: unknown) => void;
};

type Member = {
  readonly exchange: Exchange;
  readonly lines: LineWriter;
  readonly stream: LineStream;
  nextHeartbeatMs: number;
  behindSinceMs: number | null;
};

/** Drives every open stream by one clock; it rests while there is none. */
export function createStreamHub(options: HubOptions): StreamHub {
  const { clock, timing, faults, signal } = options;
  const members = new Set<Member>();
  let isRunning = false;

  const run = async () => {
    isRunning = true;
    await drive(members, options).catch((error: unknown) => {
      // The readers must not take silence for a quiet market: their connections end.
      for (const { exchange } of members) exchange.response.destroy();
      if (!signal.aborted) options.onError(error);
    });
    isRunning = false;
  };

  return {
    get openStreams() {
      return members.size;
    },
    open: (exchange, createStream) => {
      // A reader that left before its stream began would never be heard of again.
      if (exchange.response.destroyed) return;
      const lines = openLines(exchange, faults);
      const stream = createStream(lines);
      const nextHeartbeatMs = clock.monotonicMs() + timing.heartbeatMs;
      const member = { exchange, lines, stream, nextHeartbeatMs, behindSinceMs: null };
      members.add(member);
      exchange.response.on("close", () => members.delete(member));
      exchange.response.on("drain", () => stream.pump());
      stream.pump();
      if (!isRunning) void run();
    },
  };
}

async function drive(members: ReadonlySet<Member>, options: HubOptions): Promise<void> {
  const { clock, timing, ledgers, signal } = options;
  while (members.size > 0) {
    await clock.sleep(timing.tickMs, signal);
    for (const ledger of ledgers.values()) ledger.advanceTo(clock.now());
    for (const member of members) tick(member, clock.monotonicMs(), timing);
  }
}

function tick(member: Member, nowMs: number, timing: StreamTiming): void {
  if (member.lines.isBehind()) {
    member.behindSinceMs ??= nowMs;
    const isLost = nowMs - member.behindSinceMs >= timing.behindMsMax;
    if (isLost) member.exchange.response.destroy();
    return;
  }
  member.behindSinceMs = null;
  member.stream.pump();
  if (nowMs < member.nextHeartbeatMs) return;
  member.nextHeartbeatMs = nowMs + timing.heartbeatMs;
  member.lines.write(member.stream.heartbeat());
}
