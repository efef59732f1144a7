import { ecsFormat } from "@elastic/ecs-pino-format";
import { pino } from "pino";
import type { LogFields, LogLevel } from "../ports/log.ts";

export type EcsOptions = {
  readonly level: LogLevel;
  readonly version: string;
  readonly append: (line: string) => void;
};

const SERVICE = "tmt-broker";
const NS_PER_MS = 1_000_000;

/** Lines in the Elastic Common Schema; what it has no name for stands under `tmt`. */
export function openEcsLines({ level, version, append }: EcsOptions) {
  const format = ecsFormat({
    apmIntegration: false,
    serviceName: SERVICE,
    serviceVersion: version,
  });
  const logger = pino({ ...format, level }, { write: append });
  return (lineLevel: LogLevel, message: string, fields: LogFields) =>
    logger[lineLevel](toEcs(fields), message);
}

function toEcs(fields: LogFields) {
  const { action, outcome, durationMs, code, error, method, path, status, ...own } = fields;
  const duration = durationMs === undefined ? undefined : Math.round(durationMs * NS_PER_MS);
  return present({
    event: present({ action, outcome, duration }),
    error: code === undefined && error === undefined ? undefined : errorFields(code, error),
    http: status === undefined && method === undefined ? undefined : httpFields(method, status),
    url: path === undefined ? undefined : { path },
    tmt: present(own),
  });
}

function errorFields(code: string | undefined, error: unknown) {
  const { message, stack, name } = error instanceof Error ? error : { ...NO_ERROR };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.stack : null;
  const trace = cause && stack ? `${stack}\nCaused by: ${cause}` : stack;
  return present({ code, message, type: name, stack_trace: trace });
}

const NO_ERROR = { message: undefined, stack: undefined, name: undefined };

function httpFields(method: string | undefined, status: number | undefined) {
  return present({
    request: method === undefined ? undefined : { method },
    response: status === undefined ? undefined : { status_code: status },
  });
}

/** Without what has no value; undefined when nothing has one. */
function present(fields: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
