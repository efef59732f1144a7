import { REGIONS } from "../../core/account.ts";
import { BROKER_NAMES } from "../../core/connection.ts";
import { TRANSACTION_TYPES } from "../../core/transaction.ts";
import { CREDENTIAL_STORES } from "../../ports/credential-store.ts";

/** Where the words for a place on the command line come from. */
export type Source =
  | "connections"
  | "accounts"
  | "instruments"
  | "orders"
  | "positions"
  | "settings"
  | "files";

/** What may stand at a place: one of a source, or of a few words; where there are none, anything. */
export type Slot = { readonly from: Source } | { readonly words: readonly string[] };

const ANYTHING: Slot = { words: [] };

/** Places that are named by what they hold. */
const BY_PLACEHOLDER: Readonly<Record<string, Slot>> = {
  "account|id": { from: "accounts" },
  "id|alias": { from: "accounts" },
  account: { from: "accounts" },
  broker: { words: BROKER_NAMES },
  dir: { from: "files" },
  environment: { words: ["practice", "live"] },
  feed: { from: "files" },
  file: { from: "files" },
  hours: { words: ["always", "market"] },
  "id|@client-id": { from: "orders" },
  instrument: { from: "instruments" },
  "instrument|trade": { from: "positions" },
  key: { from: "settings" },
  "kind=rate": {
    words: [
      ...["latency=", "http-500=", "http-429=", "http-html-502=", "reset=", "stall="],
      ...["partial-fill=", "stop-refused=", "lost-response=", "malformed="],
      ...["stream-drop=", "stream-silent="],
    ],
  },
  mode: { words: ["disabled", "allowed", "required"] },
  region: { words: REGIONS },
  store: { words: CREDENTIAL_STORES },
};

/** Places whose name says little: what they are for decides. */
const BY_PLACE: Readonly<Record<string, Slot>> = {
  "accounts balance --format": { words: ["chart", "csv"] },
  "accounts instruments --type": { words: ["forex", "metal", "cfd", "stock"] },
  "connect halt name": { from: "connections" },
  "connect remove name": { from: "connections" },
  "connect reset name": { from: "connections" },
  "connect resume name": { from: "connections" },
  "connect rotate name": { from: "connections" },
  "connect status name": { from: "connections" },
  "connect test name": { from: "connections" },
  "connect use name": { from: "connections" },
  "history audit --format": { words: ["csv", "jsonl"] },
  "history export --format": { words: ["csv", "jsonl", "hledger", "beancount"] },
  "history export --instrument": { from: "instruments" },
  "history export --type": { words: TRANSACTION_TYPES },
  "history import --format": { words: ["csv", "jsonl"] },
  "history list --instrument": { from: "instruments" },
  "history list --type": { words: TRANSACTION_TYPES },
  "history pnl --by": { words: ["day", "week", "month"] },
  "order buy --tif": { words: ["GTC", "GTD", "DAY", "FOK", "IOC"] },
  "order buy --type": { words: ["market", "limit", "stop", "mit"] },
  "order cancel --instrument": { from: "instruments" },
  "order list --state": { words: ["pending", "filled", "cancelled", "all"] },
  "order modify --tif": { words: ["GTC", "GTD", "DAY"] },
  "order sell --tif": { words: ["GTC", "GTD", "DAY", "FOK", "IOC"] },
  "order sell --type": { words: ["market", "limit", "stop", "mit"] },
};

/** What may stand at `place` (a command's words, and the option or argument there), shown as `placeholder`. */
export function slotOf(place: string, placeholder: string): Slot {
  if (place.endsWith(" --connection")) return { from: "connections" };
  const name = placeholder.replace(/\.\.\.$/, "");
  return BY_PLACE[place] ?? BY_PLACE[`${place} ${name}`] ?? BY_PLACEHOLDER[name] ?? ANYTHING;
}
