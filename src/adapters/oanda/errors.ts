import * as v from "valibot";
import { Failure, type FailureCode } from "../../core/failures.ts";
import type { HttpResponse } from "../../resilience/http-response.ts";
import { wireId } from "./wire-values.ts";

const errorBody = v.object({
  errorCode: v.nullish(v.string()),
  errorMessage: v.nullish(v.string()),
  lastTransactionID: v.nullish(wireId),
});

export type BrokerError = {
  readonly code: string | null;
  readonly message: string | null;
  /** The account's newest, where the answer names it. */
  readonly lastTransactionId: string | null;
};

/** What an error answer says of itself; nothing where it isn't OANDA's. */
export function readBrokerError(body: unknown): BrokerError {
  const result = v.safeParse(errorBody, body);
  const { errorCode, errorMessage, lastTransactionID } = result.success ? result.output : {};
  return {
    code: errorCode ?? null,
    message: errorMessage ?? null,
    lastTransactionId: lastTransactionID ?? null,
  };
}

const NOT_FOUND: Readonly<Record<string, FailureCode>> = {
  NO_SUCH_ORDER: "ORDER_NOT_FOUND",
  ORDER_DOESNT_EXIST: "ORDER_NOT_FOUND",
  NO_SUCH_TRADE: "POSITION_NOT_FOUND",
  TRADE_DOESNT_EXIST: "POSITION_NOT_FOUND",
  NO_SUCH_POSITION: "POSITION_NOT_FOUND",
  NO_SUCH_TRANSACTION: "TRANSACTION_NOT_FOUND",
  NO_SUCH_INSTRUMENT: "INSTRUMENT_NOT_FOUND",
};

const INVALID_VALUE = /^Invalid value specified for '([^']+)'/;
const INVALID: Readonly<Record<string, FailureCode>> = {
  accountID: "ACCOUNT_NOT_FOUND",
  instrument: "INSTRUMENT_NOT_FOUND",
  instruments: "INSTRUMENT_NOT_FOUND",
  "order.instrument": "INSTRUMENT_NOT_FOUND",
};

const REQUEST_TIMEOUT = 408;

/** A 4xx that refused a request, as a failure: nothing was done, unless the server timed out itself. */
export function refusal(response: HttpResponse, environment: string): Failure {
  const { status } = response;
  const error = readBrokerError(jsonOf(response));
  const own = error.message ?? `status ${status}`;
  const code = refusalCode(status, error);
  const sent = status === REQUEST_TIMEOUT;
  const consequence = sent ? "The request may have been carried out." : "Nothing was done.";
  return new Failure(
    code,
    `${MEANINGS[code] ?? "OANDA refused the request"}: ${own} ${consequence}`,
    {
      hint: hintOf(code, environment),
      sent,
      retryable: sent,
      details: {
        status,
        brokerCode: error.code,
        brokerMessage: error.message,
        lastTransactionId: error.lastTransactionId,
      },
    },
  );
}

function refusalCode(status: number, { code, message }: BrokerError): FailureCode {
  if (status === 401) return "CREDENTIALS_INVALID";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === REQUEST_TIMEOUT) return "TIMEOUT";
  const parameter = INVALID_VALUE.exec(message ?? "")?.[1] ?? "";
  const known = NOT_FOUND[code ?? ""] ?? INVALID[parameter];
  if (known) return known;
  return status === 404 ? "ACCOUNT_NOT_FOUND" : "ORDER_REJECTED";
}

const MEANINGS: Partial<Record<FailureCode, string>> = {
  CREDENTIALS_INVALID: "OANDA doesn't accept the token",
  PERMISSION_DENIED: "The token may not do this at OANDA",
  ACCOUNT_NOT_FOUND: "OANDA knows no such account for this token",
  INSTRUMENT_NOT_FOUND: "OANDA knows no such instrument",
  ORDER_NOT_FOUND: "OANDA knows no such order",
  POSITION_NOT_FOUND: "OANDA knows no such open trade or position",
  TRANSACTION_NOT_FOUND: "OANDA knows no such transaction",
  TIMEOUT: "OANDA waited too long for the request",
};

function hintOf(code: FailureCode, environment: string): string {
  const other = environment === "live" ? "practice" : "live";
  if (code === "CREDENTIALS_INVALID") {
    return (
      `A token works in one environment only: this connection is ${environment}, the token may be ` +
      `a ${other} one, revoked, or mistyped. Store a ${environment} token.`
    );
  }
  if (code === "PERMISSION_DENIED" || code === "ACCOUNT_NOT_FOUND") {
    return `Check the account id: it may belong to another login or to ${other}, or be gone, as practice accounts that nobody uses are.`;
  }
  if (code === "INSTRUMENT_NOT_FOUND")
    return "See `tmt-broker accounts instruments` for what the account trades.";
  return "See the broker's words; if they aren't clear, report them.";
}

function jsonOf(response: HttpResponse): unknown {
  try {
    return response.json();
  } catch {
    // A refusal needs no readable body: its status says enough.
    return null;
  }
}
