/** Texts that OANDA's clients know word for word; every other reason is put in words from its name. */
const TEXTS: Readonly<Record<string, string>> = {
  ORDER_DOESNT_EXIST: "The Order specified does not exist",
  TRADE_DOESNT_EXIST: "The Trade specified does not exist",
  NO_SUCH_ORDER: "The order ID specified does not exist",
  NO_SUCH_TRADE: "The trade ID specified does not exist",
  NO_SUCH_POSITION: "The position specified does not exist",
  NO_SUCH_TRANSACTION: "The transaction ID specified does not exist",
  CLOSEOUT_POSITION_DOESNT_EXIST: "The Position requested to be closed out does not exist",
  INVALID_PAGESIZE: "The specified page size is invalid",
};

/** A reason's name in English: UNITS_LIMIT_EXCEEDED is "Units limit exceeded". */
export function reasonText(reason: string): string {
  const words = reason.replaceAll("_", " ").toLowerCase();
  return TEXTS[reason] ?? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
