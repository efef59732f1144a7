import type { ServerHistory } from "../../ports/history.ts";
import type { JournalLabels } from "../labels.ts";
import { ServerDatabase } from "./database.ts";
import { PostgresHistoryStore } from "./history-store.ts";
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
  const open = throughPooler({
    server: address.name,
    signal: options.signal,
    open: (signal) => openSession(address, { ...options, signal }),
  });
  const database = new ServerDatabase({ name: address.name, open, signal: options.signal });
  return new PostgresHistoryStore(database, labels);
}
