import { Failure, type FailureCode } from "../core/failures.ts";
import { RAISE_FILE_LIMIT } from "../core/open-files.ts";
import { Stopped, type StopReason, TransportFailure } from "./transport.ts";

export type ErrorContext = {
  /** Host and port, as a person would write them. */
  readonly host: string;
  readonly method: string;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Longest silence of an answer that goes on; absent for one that ends. */
  readonly silenceMs?: number;
  /** Takes every secret out of a text. */
  readonly clean: (text: string) => string;
};

type Explanation = {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
  /** Whether the same call may work a moment later. */
  readonly mayPass: boolean;
};

/** What kept an answer from coming, in words, and what it means for the request. */
export function networkFailure(error: unknown, context: ErrorContext): Failure {
  const sent = !(error instanceof TransportFailure) || error.sent;
  const cause = error instanceof TransportFailure ? error.cause : error;
  const { code, message, hint, mayPass } = explain(cause, context);
  return new Failure(code, `${message} ${consequence(context.method, sent)}`, {
    hint,
    sent,
    retryable: mayPass && (context.method === "GET" || !sent),
    details: { host: context.host, reason: reasonOf(cause) },
    cause: slimCause(cause, context),
  });
}

/** What it means for the money. */
export function consequence(method: string, sent: boolean): string {
  // A read may be part of an order's preparation, and of anything else.
  if (method === "GET") return "Nothing was sent, and nothing changed.";
  return sent ? "The request may have been carried out." : "Nothing was sent.";
}

function explain(cause: unknown, context: ErrorContext): Explanation {
  if (cause instanceof Stopped) return explainStop(cause.reason, context);
  const known = CODES[reasonOf(cause)];
  if (known) return { ...UNAVAILABLE, ...known(context.host) };
  return {
    ...UNAVAILABLE,
    message: `The connection to ${context.host} failed: ${context.clean(textOf(cause))}.`,
  };
}

const UNAVAILABLE = {
  code: "BROKER_UNAVAILABLE",
  hint: "Check the network, then try again.",
  mayPass: true,
} as const satisfies Partial<Explanation>;

const TIMEOUTS: ReadonlySet<StopReason> = new Set([
  "total-timeout",
  "connect-timeout",
  "interrupted",
  "silent",
]);
const OVERSIZED: ReadonlySet<StopReason> = new Set(["body-too-large", "line-too-long"]);

function explainStop(reason: StopReason, context: ErrorContext): Explanation {
  const { host, timeoutMs, connectTimeoutMs, silenceMs = 0 } = context;
  const messages: Record<StopReason, string> = {
    "total-timeout": `${host} gave no complete answer within ${timeoutMs} ms.`,
    "connect-timeout": `No connection to ${host} within ${connectTimeoutMs} ms.`,
    "body-too-large": `The answer of ${host} is larger than anything it should send; it was cut off.`,
    truncated: `${host} closed the connection before its answer was complete.`,
    "stray-answer": `${host} sent an answer that nobody had asked for; its connection was dropped.`,
    interrupted: `The request to ${host} was interrupted before its answer came.`,
    silent: `${host} has sent nothing for ${silenceMs} ms, not even a sign of life.`,
    ended: `${host} ended an answer that should go on.`,
    "line-too-long": `A line from ${host} is longer than anything it should send; it was cut off.`,
    "not-text": `A line from ${host} isn't text.`,
  };
  const code = TIMEOUTS.has(reason) ? "TIMEOUT" : "BROKER_UNAVAILABLE";
  return { ...UNAVAILABLE, code, message: messages[reason], mayPass: !OVERSIZED.has(reason) };
}

type Words = (host: string) => Partial<Explanation> & { readonly message: string };

const refused: Words = (host) => ({
  message: `${host} refused the connection.`,
  hint: "Nothing listens there: check the host of the connection, or wait until the broker is back.",
});
const unresolved: Words = (host) => ({
  message: `The name ${host} can't be resolved.`,
  hint: "Check the network and the host of the connection.",
});
const cut: Words = (host) => ({ message: `The connection to ${host} was cut.` });
const exhausted: Words = () => ({
  message: "Too many open files: this process may open no more files and connections.",
  hint: RAISE_FILE_LIMIT,
});
const unreachable: Words = (host) => ({ message: `There is no way to ${host} from here.` });
const untrusted: Words = (host) => ({
  message: `The certificate of ${host} isn't signed by anyone this computer trusts.`,
  hint: "Something may stand between you and the broker. Behind a company proxy, give its certificate in NODE_EXTRA_CA_CERTS.",
  mayPass: false,
});
const expired: Words = (host) => ({
  message: `The certificate of ${host} has expired.`,
  hint: "Check this computer's date; if it is right, only the broker can mend this.",
  mayPass: false,
});
const notYetValid: Words = (host) => ({
  message: `The certificate of ${host} isn't valid yet.`,
  hint: "This computer's clock is probably slow: set it.",
  mayPass: false,
});
const wrongName: Words = (host) => ({
  message: `The certificate presented belongs to another host than ${host}.`,
  hint: "Check the host of the connection; don't go on if you can't explain it.",
  mayPass: false,
});
const garbled: Words = (host) => ({ message: `${host} answered something that isn't HTTP.` });
const longHead: Words = (host) => ({
  message: `The headers of ${host}'s answer are longer than anything it should send.`,
  mayPass: false,
});
const notTls: Words = (host) => ({
  message: `${host} doesn't speak TLS.`,
  hint: "Check the host and port of the connection.",
  mayPass: false,
});

const CODES: Readonly<Record<string, Words>> = {
  ECONNREFUSED: refused,
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  ECONNRESET: cut,
  EPIPE: cut,
  UND_ERR_SOCKET: cut,
  EMFILE: exhausted,
  ENFILE: exhausted,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: notYetValid,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  HPE: garbled,
  HPE_HEADER_OVERFLOW: longHead,
  UND_ERR_HEADERS_OVERFLOW: longHead,
};

function reasonOf(cause: unknown): string {
  if (cause instanceof Stopped) return cause.reason;
  if (!(cause instanceof Error)) return "unknown";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  const isParsing = code.startsWith("HPE_") || code === "HTTPParserError";
  return isParsing && !CODES[code] ? "HPE" : code;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The original may hold raw bytes of the conversation; only its words are kept. */
function slimCause(cause: unknown, { clean }: ErrorContext): Error {
  return new Error(clean(`${reasonOf(cause)}: ${textOf(cause)}`));
}
