import type { Secret } from "../core/secret.ts";

export const CREDENTIAL_STORES = ["keychain", "file", "vault"] as const;
export type CredentialStoreName = (typeof CREDENTIAL_STORES)[number];

/**
 * Keeps one secret per connection name. test/contract/credential-store.ts says what it promises.
 * @throws Failure CREDENTIAL_STORE_UNAVAILABLE when it is absent, locked or doesn't answer, with what to do.
 */
export interface CredentialStore {
  readonly name: CredentialStoreName;
  /** null when nothing is stored under that name. */
  read(connection: string): Promise<Secret | null>;
  write(connection: string, secret: Secret): Promise<void>;
  /** Whether there was something to remove. */
  remove(connection: string): Promise<boolean>;
}
