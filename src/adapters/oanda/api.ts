import { Failure } from "../../core/failures.ts";
import type { Secret } from "../../core/secret.ts";
import type { PlaceOptions } from "../../ports/broker.ts";
import type { HttpClient, HttpRequest } from "../../resilience/http.ts";
import type { HttpResponse } from "../../resilience/http-response.ts";
import type { HttpMethod } from "../../resilience/transport.ts";
import { refusal } from "./errors.ts";

/** OANDA's REST interface with one token. */
export interface OandaApi {
  readonly environment: string;
  /** The JSON of a GET. @throws Failure, never `sent`: a read changes nothing. */
  read<T>(path: string, parse: (body: unknown) => T, options?: ReadOptions): Promise<T>;
  /**
   * The lines of a stream as they come, several at a time; quiet after an abort.
   * @throws Failure, never `sent`; TIMEOUT after a silence longer than `silenceMs`.
   */
  lines(path: string, options: LineOptions): AsyncIterable<readonly string[]>;
  /** One request that may change the account, once; any status below 500 is an answer. */
  send(method: HttpMethod, path: string, options: SendOptions): Promise<HttpResponse>;
}

/** `OandaApi.read` under one account's path. */
export type AccountReader = OandaApi["read"];

type ReadOptions = Pick<HttpRequest, "isAnswerLarge" | "signal">;

/** `body` null is none. */
export type SendOptions = Required<Omit<PlaceOptions, "onMade">> & { readonly body: object | null };

export type LineOptions = { readonly silenceMs: number; readonly signal: AbortSignal };

export type ApiOptions = {
  readonly http: HttpClient;
  /** The way to the streams: they have a host of their own. */
  readonly streams: HttpClient;
  readonly token: Secret;
  readonly environment: string;
};

export function openApi({ http, streams, token, environment }: ApiOptions): OandaApi {
  const common = {
    headers: { "accept-datetime-format": "RFC3339" },
    secretHeaders: [{ name: "authorization", prefix: "Bearer ", secret: token }],
  };
  return {
    environment,
    async read(path, parse, options) {
      try {
        const response = await http.request({
          ...common,
          ...options,
          method: "GET",
          path,
          mustBeJson: true,
        });
        if (response.status !== 200) throw refusal(response, environment);
        return parse(response.json());
      } catch (error) {
        throw neverSent(error);
      }
    },
    async *lines(path, options) {
      const refused = (response: HttpResponse) => refusal(response, environment);
      try {
        yield* streams.lines({ ...common, ...options, method: "GET", path, refusal: refused });
      } catch (error) {
        throw neverSent(error);
      }
    },
    send: (method, path, { body, ...options }) =>
      http.request({
        ...common,
        ...options,
        method,
        path,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** A read that failed on its way: it can be repeated, for it changes nothing. */
export function neverSent(error: unknown): unknown {
  if (!(error instanceof Failure && error.sent)) return error;
  const { code, message, hint, details, cause, retryable } = error;
  const why = hint === null ? {} : { hint };
  return new Failure(code, message, { ...why, details, cause, retryable, sent: false });
}
