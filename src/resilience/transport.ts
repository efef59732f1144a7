export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Most connections of each transport at once. */
export const CONNECTIONS = { node: 2, undici: 6 } as const;

/** Names in lower case. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** A request as it goes on the wire: complete headers, secrets revealed. Never logged. */
export type WireRequest = {
  readonly method: HttpMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** An answer as it came: the body not yet decompressed. */
export type WireResponse = {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
};

export type ExchangeLimits = {
  readonly signal: AbortSignal;
  readonly maxBodyBytes: number;
  /** Called when the connection stands and the first byte is about to go out; what it throws is the failure's cause. */
  readonly beforeLeaving: (() => void) | null;
};

/** Moves one request and its answer over a connection, once. http.ts adds everything else. */
export interface Transport {
  /** @throws TransportFailure */
  exchange(request: WireRequest, limits: ExchangeLimits): Promise<WireResponse>;
  /** Cuts all connections; what is under way fails. */
  close(): Promise<void>;
}

/** Why no answer came. `sent` is false only when provably no byte of the request was written. */
export class TransportFailure extends Error {
  readonly sent: boolean;

  constructor(sent: boolean, cause: unknown) {
    super("no answer", { cause });
    this.sent = sent;
  }
}

/** What stops an exchange from our side; `network-errors.ts` says each in words. */
export type StopReason =
  | "total-timeout"
  | "connect-timeout"
  | "body-too-large"
  | "truncated"
  | "stray-answer"
  | "interrupted"
  | "silent"
  | "ended"
  | "line-too-long"
  | "not-text";

export class Stopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Collects a body up to `maxBytes`. */
export function bodyCollector(maxBytes: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    /** False when the chunk would go beyond the bound; it isn't kept then. */
    add(chunk: Buffer): boolean {
      size += chunk.length;
      if (size > maxBytes) return false;
      chunks.push(chunk);
      return true;
    },
    toBuffer: () => Buffer.concat(chunks),
  };
}

/** One string a header; repeated ones joined as HTTP says. */
export function flatHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): HttpHeaders {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]);
  return Object.fromEntries(flat);
}
