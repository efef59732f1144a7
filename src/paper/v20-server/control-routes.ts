import { Refusal, type Reply } from "./errors.ts";
import {
  type Fault,
  type FaultKind,
  type Faults,
  faultKindOf,
  isRateOf,
  rangeOf,
} from "./faults.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { Route } from "./router.ts";
import type { Json } from "./wire.ts";

/** What of the server itself can be looked at and changed while it runs. */
export type Control = {
  readonly faults: Faults;
  readonly requests: RequestMeter;
  readonly connections: RequestMeter;
  openConnections(): number;
  openStreams(): number;
};

export type ControlHandler = (control: Control, body: Json) => Reply;

/** The part of the paths that isn't OANDA's. */
export const CONTROL_PREFIX = "/practice/";

const FAULTS = "/practice/faults";
const REQUESTS = "/practice/requests";

export const CONTROL_ROUTES: readonly Route<ControlHandler>[] = [
  { method: "GET", path: FAULTS, handler: showFaults },
  { method: "PUT", path: FAULTS, handler: setRates },
  { method: "DELETE", path: FAULTS, handler: clearFaults },
  { method: "POST", path: `${FAULTS}/next`, handler: orderFault },
  { method: "GET", path: REQUESTS, handler: showRequests },
  { method: "DELETE", path: REQUESTS, handler: resetRequests },
];

const TIMES_MAX = 1_000_000;

function showFaults({ faults }: Control): Reply {
  const rates = Object.fromEntries(faults.rates().map(({ kind, rate }) => [kind, rate]));
  const next = faults.waiting().map(({ kind, match, left }) => ({
    kind,
    method: match.method,
    path: match.path?.source.replaceAll("\\/", "/"),
    times: left,
  }));
  return { status: 200, body: { rates, next } };
}

/** The rates named are in force, and no others. */
function setRates(control: Control, body: Json): Reply {
  control.faults.setRates(Object.entries(body).map(([name, rate]) => faultOf(name, rate)));
  return showFaults(control);
}

function faultOf(name: string, rate: unknown): Fault {
  const kind = kindOf(name);
  if (typeof rate === "number" && isRateOf(kind, rate)) return { kind, rate };
  throw badRequest(`${JSON.stringify(rate)} is no rate for ${kind}: give ${rangeOf(kind)}`);
}

function clearFaults(control: Control): Reply {
  control.faults.clear();
  return showFaults(control);
}

function orderFault(control: Control, body: Json): Reply {
  const { method, path, times = 1 } = body;
  const kind = kindOf(body.kind);
  if (kind === "latency") throw badRequest("latency can't be ordered: set its rate");
  const isCount = typeof times === "number" && Number.isInteger(times) && times >= 1;
  if (!isCount || times > TIMES_MAX) {
    throw badRequest(`times must be a whole number from 1 to ${TIMES_MAX}`);
  }
  if (method !== undefined && typeof method !== "string") throw badRequest("method must be text");
  control.faults.next(kind, {
    times,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(path === undefined ? {} : { path: patternOf(path) }),
  });
  return showFaults(control);
}

/** @throws Refusal 400 when `path` is no regular expression. */
function patternOf(path: unknown): RegExp {
  if (typeof path !== "string") throw badRequest("path must be a regular expression as text");
  try {
    return new RegExp(path);
  } catch {
    throw badRequest(`path must be a regular expression: ${JSON.stringify(path)} is none`);
  }
}

function kindOf(name: unknown): FaultKind {
  const kind = faultKindOf(name);
  if (!kind) throw badRequest(`unknown fault ${JSON.stringify(name)}`);
  return kind;
}

function showRequests(control: Control): Reply {
  const { requests, connections } = control;
  return {
    status: 200,
    body: {
      ...requests.counts(),
      connections: { open: control.openConnections(), ...connections.counts() },
      streams: { open: control.openStreams() },
    },
  };
}

function resetRequests(control: Control): Reply {
  control.requests.reset();
  control.connections.reset();
  return showRequests(control);
}

function badRequest(message: string): Refusal {
  return new Refusal(400, message);
}
