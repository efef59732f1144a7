import { hostname } from "node:os";
import { Secret } from "../core/secret.ts";
import type { Clock } from "../ports/clock.ts";
import { openHttp } from "../resilience/http.ts";
import type { AlertTarget, TroubleMessage } from "./message.ts";

export type HttpTargetOptions = { readonly clock: Clock; readonly version: string };

export const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";
const SUMMARY_LENGTH_MAX = 1_024;

/** Any address that takes a JSON document by POST. Whoever knows the address can use it: it is kept out of texts. */
export function webhookTarget(url: string, options: HttpTargetOptions): AlertTarget {
  const { pathname, search } = new URL(url);
  const secrets = pathname === "/" && search === "" ? [] : [new Secret(pathname + search)];
  return {
    name: "notify.webhook",
    tell: (message, signal) =>
      post(
        url,
        { program: "tmt-broker", host: hostname(), ...message },
        { ...options, secrets, signal },
      ),
  };
}

/**
 * PagerDuty's Events API v2: the same trouble is one incident, which is resolved when the trouble is over.
 * https://developer.pagerduty.com/docs/events-api-v2, read 2026-11.
 */
export function pagerDutyTarget(
  { key, url = PAGERDUTY_URL }: { readonly key: Secret; readonly url?: string },
  options: HttpTargetOptions,
): AlertTarget {
  return {
    name: "notify.pagerduty",
    tell: async (message, signal) => {
      // News is no incident.
      if (message.event === "order") return;
      const event = { routing_key: key.reveal(), ...toPagerDuty(message) };
      await post(url, event, { ...options, secrets: [key], signal });
    },
  };
}

function toPagerDuty(message: TroubleMessage) {
  const { event, key, at } = message;
  const base = { event_action: event, dedup_key: key, client: "tmt-broker" };
  if (message.event === "resolve") return base;
  const { kind, summary, connection, code, hint, account, subject } = message.alert;
  return {
    ...base,
    payload: {
      summary: summary.slice(0, SUMMARY_LENGTH_MAX),
      source: hostname(),
      severity: "critical",
      timestamp: `${at.slice(0, 23)}Z`,
      component: connection ?? "tmt-broker",
      class: kind,
      custom_details: { code, hint, account, subject, suppressed: message.suppressed },
    },
  };
}

type Posting = HttpTargetOptions & {
  readonly secrets: readonly Secret[];
  readonly signal: AbortSignal;
};

async function post(url: string, document: unknown, posting: Posting): Promise<void> {
  const { origin, pathname, search } = new URL(url);
  const { clock, secrets, signal, version } = posting;
  const http = openHttp({
    origin,
    transport: "node",
    userAgent: `tmt-broker/${version}`,
    secrets,
    clock,
  });
  try {
    const { status } = await http.request({
      method: "POST",
      path: pathname + search,
      body: JSON.stringify(document),
      signal,
    });
    if (status >= 300) throw new Error(`it answered with status ${status}`);
  } finally {
    await http.close();
  }
}
