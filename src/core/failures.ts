/** Every error code of the command-line contract, in the order of its exit codes. */
export const FAILURE_CODES = [
  "INTERNAL",
  "USAGE",
  "INVALID_UNITS",
  "INVALID_PRICE",
  "UNSUPPORTED",
  "CONFIG_INVALID",
  "CREDENTIALS_MISSING",
  "CREDENTIALS_INVALID",
  "CREDENTIAL_STORE_UNAVAILABLE",
  "PERMISSION_DENIED",
  "COMPLIANCE_FIFO",
  "COMPLIANCE_HEDGING",
  "COMPLIANCE_LEVERAGE",
  "COMPLIANCE_PDT",
  "COMPLIANCE_INSTRUMENT",
  "RISK_LIMIT",
  "TRADING_HALTED",
  "INSUFFICIENT_MARGIN",
  "INSUFFICIENT_LIQUIDITY",
  "MARKET_CLOSED",
  "DUPLICATE_CLIENT_ORDER_ID",
  "ORDER_REJECTED",
  "BROKER_UNAVAILABLE",
  "CIRCUIT_OPEN",
  "RATE_LIMITED",
  "TIMEOUT",
  "OUTCOME_UNKNOWN",
  "ACCOUNT_NOT_FOUND",
  "INSTRUMENT_NOT_FOUND",
  "ORDER_NOT_FOUND",
  "POSITION_NOT_FOUND",
  "TRANSACTION_NOT_FOUND",
  "CONNECTION_NOT_FOUND",
  "STORAGE_BUSY",
  "STORAGE_CORRUPT",
  "STORAGE_FULL",
  "AUDIT_BROKEN",
  "CONFIRMATION_REQUIRED",
  "DRIFT",
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

export type FailureOptions = {
  /** What to do next, in one sentence. */
  readonly hint?: string;
  /** Whether the same call may succeed later without a change. */
  readonly retryable?: boolean;
  /** Whether the request may have reached the broker. */
  readonly sent?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

/**
 * The one error of the program: something was not done, or its answer didn't come.
 * Code decides on `code` and `sent`, never on the text.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly sent: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.retryable = options.retryable ?? false;
    this.sent = options.sent ?? false;
    this.details = options.details ?? {};
  }
}

/** The command line or its input is wrong; nothing was sent. */
export function usageFailure(message: string, hint?: string): Failure {
  return new Failure("USAGE", message, hint === undefined ? {} : { hint });
}
