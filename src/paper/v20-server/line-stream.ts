import { type Exchange, targetOf, writeStreamHead } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import type { Json } from "./wire.ts";

/** One open stream: it is told of time, and writes what its reader lacks. */
export type LineStream = {
  /** Called at each tick, and whenever the reader has caught up. */
  pump(): void;
  /** What goes out at each heartbeat. */
  heartbeat(): Json;
};

/** The way to a stream's reader: whole lines, and never more than the connection's own buffer holds. */
export type LineWriter = {
  /** Whether the reader is behind: what is written now is not taken. */
  isBehind(): boolean;
  write(line: Json): void;
  onClose(listener: () => void): void;
};

const STREAM_FAULTS = ["stream-drop", "stream-silent"] as const;

/** Sends the head at once and gives the writer of the lines. */
export function openLines(exchange: Exchange, faults: Faults): LineWriter {
  const { request, response } = exchange;
  const target = targetOf(request);
  let isSilent = false;
  writeStreamHead(exchange);
  response.flushHeaders();
  return {
    isBehind: () => response.writableNeedDrain || response.destroyed,
    write: (line) => {
      const fault = isSilent ? undefined : faults.pick(target, STREAM_FAULTS);
      if (fault === "stream-drop") response.destroy();
      if (fault === "stream-silent") isSilent = true;
      if (!isSilent && !response.destroyed) response.write(`${JSON.stringify(line)}\n`);
    },
    onClose: (listener) => response.once("close", listener),
  };
}
