import type { ServerHistory } from "../../ports/history.ts";
import type { FenceServer } from "../../ports/order-fence.ts";
import type { IntentLabels } from "../labels.ts";
import { ServerDatabase } from "./database.ts";
import { PostgresHistoryStore } from "./history-store.ts";
import { type FenceOptions, fencesOn, LONGEST_ANSWER_MS, WITHOUT_FENCE } from "./order-fence.ts";
import { readServerAddress, type ServerAddress } from "./server-address.ts";
import { openSession, type SessionOptions } from "./session.ts";

export { readServerAddress };

export type ServerParts = SessionOptions & { readonly intentOf: IntentLabels };

/** The trading history on the server at `address`; nothing is connected before the first call. */
export function openServerHistory(
  address: ServerAddress,
  { intentOf, ...options }: ServerParts,
): ServerHistory {
  const open = () => openSession(address, options);
  const database = new ServerDatabase({ name: address.name, open, signal: options.signal });
  return new PostgresHistoryStore(database, intentOf);
}

/** The fences of the accounts whose history is on that server; nothing is connected before the first call. */
export function openFenceServer(address: ServerAddress, options: FenceOptions): FenceServer {
  const connectTimeoutMs = Math.min(address.connectTimeoutMs, LONGEST_ANSWER_MS);
  const open = () => openSession({ ...address, connectTimeoutMs }, options);
  const { signal } = options;
  return fencesOn(
    new ServerDatabase({ name: address.name, open, signal, rest: WITHOUT_FENCE }),
    options,
  );
}
