/** What a request is answered with. */
export type Reply = {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Ends a request with OANDA's plain error body; the account was not changed. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.errorCode = options.errorCode;
    this.headers = options.headers ?? {};
  }
}

type RefusalOptions = {
  readonly errorCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** OANDA's code of a body that can't be understood; what is wrong with a query has none. */
const BAD_BODY = "oanda::rest::core::InvalidParameterException";

/** What a refused request is answered with. */
export function replyOf(refusal: Refusal, method: string): Reply {
  const { status, message, headers } = refusal;
  const isBody = status === 400 && method !== "GET";
  const errorCode = refusal.errorCode ?? (isBody ? BAD_BODY : undefined);
  return { status, body: { errorCode, errorMessage: message }, headers };
}

export function unauthorized(): Refusal {
  return new Refusal(401, "Insufficient authorization to perform request.");
}

/** The account exists nowhere, or belongs to another token: OANDA doesn't tell which. */
export function forbidden(): Refusal {
  return new Refusal(403, "The provided request was forbidden.");
}

export function unknownPath(): Refusal {
  return new Refusal(404, "The requested resource does not exist");
}

export function wrongMethod(allowed: readonly string[]): Refusal {
  const headers = { Allow: allowed.join(", ") };
  return new Refusal(405, "The requested method is not allowed", { headers });
}

/** A parameter is malformed or names something unknown. `name` is its path, e.g. `order.instrument`. */
export function invalidValue(name: string): Refusal {
  return new Refusal(400, `Invalid value specified for '${name}'`);
}

export function missingValue(name: string): Refusal {
  return new Refusal(400, `Missing required value for '${name}'`);
}

/** The body can't be read, or lacks what the request is about. */
export function missingData(): Refusal {
  return new Refusal(400, "The request was missing required data");
}

export function bodyTooLarge(): Refusal {
  return new Refusal(413, "The request body is too large", { headers: { Connection: "close" } });
}
