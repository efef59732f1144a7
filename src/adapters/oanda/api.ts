import { Failure } from "../../core/failures.ts";
import type { Secret } from "../../core/secret.ts";
import type { HttpClient, HttpRequest } from "../../resilience/http.ts";
import type { HttpResponse } from "../../resilience/http-response.ts";
import type { HttpMethod } from "../../resilience/transport.ts";
import { refusal } from "./errors.ts";

/** OANDA's REST interface with one token. */
export interface OandaApi {
  readonly environment: string;
  /** The JSON of a GET. @throws Failure, never `sent`: a read changes nothing. */
  read<T>(path: string, parse: (body: unknown) => T, options?: ReadOptions): Promise<T>;
  /** One request that may change the account, once; any status below 500 is an answer. */
  send(method: HttpMethod, path: string, options: SendOptions): Promise<HttpResponse>;
}

/** `OandaApi.read` under one account's path. */
export type AccountReader = OandaApi["read"];

type ReadOptions = Pick<HttpRequest, "isAnswerLarge" | "signal">;

/** `body` null is none. */
export type SendOptions = { readonly body: object | null; readonly signal: AbortSignal };

export type ApiOptions = {
  readonly http: HttpClient;
  readonly token: Secret;
  readonly environment: string;
};

export function openApi({ http, token, environment }: ApiOptions): OandaApi {
  const common = {
    headers: { "accept-datetime-format": "RFC3339" },
    secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: token }],
  };
  return {
    environment,
    async read(path, parse, options) {
      try {
        const response = await http.request({ ...common, ...options, method: "GET", path });
        if (response.status !== 200) throw refusal(response, environment);
        return parse(response.json());
      } catch (error) {
        throw error instanceof Failure && error.sent ? neverSent(error) : error;
      }
    },
    send: (method, path, { body, signal }) =>
      http.request({
        ...common,
        method,
        path,
        signal,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** A read that failed on its way: it can be repeated, for it changes nothing. */
function neverSent({ code, message, hint, details, cause, retryable }: Failure): Failure {
  const why = hint === null ? {} : { hint };
  return new Failure(code, message, { ...why, details, cause, retryable, sent: false });
}
