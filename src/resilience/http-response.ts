import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import { parseExactJson } from "./exact-json.ts";
import { consequence, type ErrorContext } from "./network-errors.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type { HttpHeaders, WireResponse } from "./transport.ts";

/** An answer to the request, with every secret taken out of its texts. */
export type HttpResponse = {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly text: string;
  /**
   * The body as JSON; numbers with more digits than a float holds come as text.
   * @throws Failure BROKER_UNAVAILABLE when it is none, e.g. empty, cut or a web page.
   */
  json(): unknown;
};

export type ResponseContext = ErrorContext & {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
};

const QUOTED_LENGTH = 80;

/** @throws Failure RATE_LIMITED for 429, BROKER_UNAVAILABLE for 3xx, 5xx and what can't be decoded. */
export async function readResponse(
  raw: WireResponse,
  context: ResponseContext,
): Promise<HttpResponse> {
  const { status } = raw;
  const headers = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value = ""]) => [name, context.clean(value)]),
  );
  if (status < 200 || (status >= 300 && status < 400)) throw redirected(status, headers, context);
  if (status === 429) throw rateLimited(headers, context);
  const text = context.clean(await decodeBody(raw, context));
  if (status >= 500) throw unavailable(status, { headers, text }, context);
  let parsed: { readonly value: unknown } | null = null;
  const json = () => {
    parsed ??= { value: parseJson(status, text, context) };
    return parsed.value;
  };
  return { status, headers, text, json };
}

async function decodeBody(raw: WireResponse, context: ResponseContext): Promise<string> {
  const encoding = raw.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding === "identity" || raw.body.length === 0) return raw.body.toString("utf8");
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw unreadable(`in an encoding that wasn't asked for (${context.clean(encoding)})`, context);
  }
  const [{ gunzip }, { promisify }] = await Promise.all([import("node:zlib"), import("node:util")]);
  const options = { maxOutputLength: context.maxBodyBytes };
  const unzipped = await promisify(gunzip)(raw.body, options).catch(() => null);
  if (!unzipped) throw unreadable("compressed, and can't be unpacked within its bounds", context);
  return unzipped.toString("utf8");
}

function parseJson(status: number, text: string, context: ResponseContext): unknown {
  try {
    return parseExactJson(text);
  } catch {
    const quoted = text.trim().slice(0, QUOTED_LENGTH);
    const what = quoted === "" ? "empty" : `not the JSON it should be: ${JSON.stringify(quoted)}`;
    throw unreadable(what, context, { status });
  }
}

function unreadable(what: string, context: ResponseContext, details = {}): Failure {
  const { host, method } = context;
  const message = `The answer of ${host} is ${what}. ${consequence(method, true)}`;
  return new Failure("BROKER_UNAVAILABLE", message, {
    hint: "A proxy or a maintenance page may stand in between. Try again later.",
    sent: true,
    retryable: method === "GET",
    details: { host, ...details },
  });
}

function redirected(status: number, headers: HttpHeaders, context: ResponseContext): Failure {
  const { host, method } = context;
  const location = headers.location?.slice(0, QUOTED_LENGTH) ?? null;
  const to = location === null ? "" : ` (to ${location})`;
  const message =
    `${host} answered ${status}, a redirect${to}. It was not followed: ` +
    `the credentials go nowhere else. ${consequence(method, true)}`;
  return new Failure("BROKER_UNAVAILABLE", message, {
    hint: "Check the host of the connection; a captive portal or proxy may have answered.",
    sent: true,
    details: { host, status, location },
  });
}

function rateLimited(headers: HttpHeaders, context: ResponseContext): Failure {
  const retryAfterMs = parseRetryAfter(headers["retry-after"], context.clock.now());
  const wait = retryAfterMs === null ? "a little" : `${Math.ceil(retryAfterMs / 1000)} s`;
  return new Failure(
    "RATE_LIMITED",
    `${context.host} takes no more requests just now. Nothing was done.`,
    {
      hint: `Wait ${wait}, then try again.`,
      // The answer itself says that the request wasn't taken.
      sent: false,
      retryable: true,
      details: { host: context.host, status: 429, retryAfterMs },
    },
  );
}

function unavailable(
  status: number,
  { headers, text }: { readonly headers: HttpHeaders; readonly text: string },
  context: ResponseContext,
): Failure {
  const { host, method } = context;
  const retryAfterMs = parseRetryAfter(headers["retry-after"], context.clock.now());
  const message = `${host} answered ${status}: it can't work just now. ${consequence(method, true)}`;
  return new Failure("BROKER_UNAVAILABLE", message, {
    hint: "Try again later; the broker's status page may know more.",
    sent: true,
    retryable: method === "GET",
    details: { host, status, retryAfterMs, body: text.trim().slice(0, QUOTED_LENGTH) },
  });
}
