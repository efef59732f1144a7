import { hash } from "node:crypto";
import { Secret } from "../core/secret.ts";
import type { AnchorVault } from "../ports/audit-anchor.ts";
import type { CredentialStore } from "../ports/credential-store.ts";
import { headText, parseHead } from "./audit-head.ts";

/** The head of the database at `path` in a credential store, under a name that no connection can have. */
export function openAnchorVault(store: CredentialStore, path: string): AnchorVault {
  const item = `audit anchor ${hash("sha256", path).slice(0, 16)}`;
  return {
    place: `the ${store.name}`,
    read: async () => {
      const text = await store.read(item);
      if (text === null) return { kind: "none" };
      try {
        const head = parseHead(text.reveal());
        return head ? { kind: "head", head } : { kind: "begun" };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return { kind: "unreadable", reason: error.message };
      }
    },
    write: (head) => store.write(item, new Secret(headText(head))),
  };
}
