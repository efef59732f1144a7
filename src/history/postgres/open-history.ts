import type { ServerHistory } from "../../ports/history.ts";
import type { FenceServer } from "../../ports/order-fence.ts";
import type { JournalLabels } from "../labels.ts";
import { ServerDatabase } from "./database.ts";
import { PostgresHistoryStore } from "./history-store.ts";
import { type FenceOptions, fencesOn, LONGEST_ANSWER_MS, WITHOUT_FENCE } from "./order-fence.ts";
import { throughPooler } from "./pooler.ts";
import { readServerAddress, type ServerAddress } from "./server-address.ts";
import { openSession, type SessionOptions } from "./session.ts";

export { readServerAddress };

export type ServerParts = SessionOptions & { readonly labels: JournalLabels };

/** The trading history on the server at `address`; nothing is connected before the first call. */
export function openServerHistory(
  address: ServerAddress,
  { labels, ...options }: ServerParts,
): ServerHistory {
  return new PostgresHistoryStore(databaseAt(address, options), labels);
}

/** The fences of the accounts whose history is on that server; nothing is connected before the first call. */
export function openFenceServer(address: ServerAddress, options: FenceOptions): FenceServer {
  const connectTimeoutMs = Math.min(address.connectTimeoutMs, LONGEST_ANSWER_MS);
  const database = databaseAt({ ...address, connectTimeoutMs }, options, WITHOUT_FENCE);
  return fencesOn(database, options);
}

function databaseAt(address: ServerAddress, options: SessionOptions, rest?: string) {
  const { name } = address;
  const { signal } = options;
  const open = throughPooler({
    server: name,
    signal,
    open: (given) => openSession(address, { ...options, signal: given }),
  });
  return new ServerDatabase({ name, open, signal, ...(rest === undefined ? {} : { rest }) });
}
