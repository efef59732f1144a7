import type { ServerHistory } from "../../ports/history.ts";
import type { IntentLabels } from "../labels.ts";
import { ServerDatabase } from "./database.ts";
import { PostgresHistoryStore } from "./history-store.ts";
import { readServerAddress, type ServerAddress } from "./server-address.ts";
import { openSession } from "./session.ts";

export { readServerAddress };

export type ServerParts = {
  readonly intentOf: IntentLabels;
  /** Asked for only when the server wants one. */
  readonly password: () => Promise<string>;
};

/** The trading history on the server at `address`; nothing is connected before the first call. */
export function openServerHistory(
  address: ServerAddress,
  { intentOf, password }: ServerParts,
): ServerHistory {
  const database = new ServerDatabase(address.name, () => openSession(address, password));
  return new PostgresHistoryStore(database, intentOf);
}
