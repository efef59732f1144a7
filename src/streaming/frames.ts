import type { Clock } from "../ports/clock.ts";

/** Calls back after changes, at most once a frame. */
export interface Frames {
  /** Something has changed: the callback comes, once, however often this is called until then. */
  request(): void;
  close(): void;
}

export function openFrames(
  draw: () => void,
  { clock, frameMs }: { readonly clock: Clock; readonly frameMs: number },
): Frames {
  const over = new AbortController();
  let isRequested = false;
  let nextMs = clock.monotonicMs();
  return {
    request() {
      if (isRequested || over.signal.aborted) return;
      isRequested = true;
      const waitMs = Math.max(0, nextMs - clock.monotonicMs());
      const drawNow = () => {
        isRequested = false;
        nextMs = clock.monotonicMs() + frameMs;
        draw();
      };
      // A sleep that is stopped is the end.
      clock.sleep(waitMs, over.signal).then(drawNow, () => undefined);
    },
    close: () => over.abort("closed"),
  };
}
