import { describe, expect, it } from "vitest";
import { EXIT_CODES, INTERRUPTED_EXIT_CODE } from "../../src/commands/exit-codes.ts";
import { FAILURE_CODES } from "../../src/core/failures.ts";

/** The command-line contract's own table. */
const CONTRACT: readonly [number, readonly string[]][] = [
  [1, ["INTERNAL"]],
  [2, ["USAGE", "INVALID_UNITS", "INVALID_PRICE", "UNSUPPORTED"]],
  [
    3,
    [
      "CONFIG_INVALID",
      "CREDENTIALS_MISSING",
      "CREDENTIALS_INVALID",
      "CREDENTIAL_STORE_UNAVAILABLE",
      "PERMISSION_DENIED",
    ],
  ],
  [
    4,
    [
      "COMPLIANCE_FIFO",
      "COMPLIANCE_HEDGING",
      "COMPLIANCE_LEVERAGE",
      "COMPLIANCE_PDT",
      "COMPLIANCE_INSTRUMENT",
      "RISK_LIMIT",
      "TRADING_HALTED",
    ],
  ],
  [
    5,
    [
      "INSUFFICIENT_MARGIN",
      "INSUFFICIENT_LIQUIDITY",
      "MARKET_CLOSED",
      "DUPLICATE_CLIENT_ORDER_ID",
      "ORDER_REJECTED",
    ],
  ],
  [6, ["BROKER_UNAVAILABLE", "CIRCUIT_OPEN", "RATE_LIMITED", "TIMEOUT"]],
  [7, ["OUTCOME_UNKNOWN"]],
  [
    8,
    [
      "ACCOUNT_NOT_FOUND",
      "INSTRUMENT_NOT_FOUND",
      "ORDER_NOT_FOUND",
      "POSITION_NOT_FOUND",
      "TRANSACTION_NOT_FOUND",
      "CONNECTION_NOT_FOUND",
    ],
  ],
  [9, ["STORAGE_BUSY", "STORAGE_CORRUPT", "STORAGE_FULL", "AUDIT_BROKEN"]],
  [10, ["CONFIRMATION_REQUIRED"]],
  [11, ["DRIFT"]],
];

describe("exit codes", () => {
  it("are those of the command-line contract, none more and none less", () => {
    const contract = CONTRACT.flatMap(([exit, codes]) => codes.map((code) => [code, exit]));
    expect(EXIT_CODES).toEqual(Object.fromEntries(contract));
  });

  it("every error code has one, and codes are listed in their order", () => {
    expect(new Set(Object.keys(EXIT_CODES))).toEqual(new Set(FAILURE_CODES));
    const exits = FAILURE_CODES.map((code) => EXIT_CODES[code]);
    expect(exits).toEqual(exits.toSorted((left, right) => left - right));
  });

  it("an interrupted command ends with 130", () => {
    expect(INTERRUPTED_EXIT_CODE).toBe(130);
  });
});
