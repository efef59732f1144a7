import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import { isLogged, type Log } from "../ports/log.ts";
import type { Policy } from "./http.ts";

export type RequestLogOptions = {
  readonly log: Log;
  readonly clock: Clock;
  readonly connection: string;
};

/** Writes every request and what became of it, at the level `debug`: never its headers or body. */
export function requestLog({ log, clock, connection }: RequestLogOptions): readonly Policy[] {
  if (!isLogged("debug", log.level)) return [];
  const policy: Policy = async (request, send) => {
    const { method } = request;
    const path = request.path.split("?")[0] ?? "";
    const startedMs = clock.monotonicMs();
    const fields = () => ({
      action: "request",
      durationMs: clock.monotonicMs() - startedMs,
      connection,
      method,
      path,
    });
    try {
      const response = await send(request);
      const { status, headers } = response;
      const requestId = headers.requestid ?? headers["x-request-id"] ?? null;
      log.write("debug", `${method} ${path}: ${status}`, {
        ...fields(),
        status,
        requestId,
        outcome: "success",
      });
      return response;
    } catch (error) {
      const code = error instanceof Failure ? error.code : "INTERNAL";
      log.write("debug", `${method} ${path}: ${code}`, {
        ...fields(),
        code,
        error,
        outcome: "failure",
      });
      throw error;
    }
  };
  return [policy];
}
