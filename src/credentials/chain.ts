import type { ConnectionProfile } from "../core/connection.ts";
import { Failure } from "../core/failures.ts";
import type { Secret } from "../core/secret.ts";
import type { CredentialStore, CredentialStoreName } from "../ports/credential-store.ts";
import { environmentCredential, type Variables } from "./environment.ts";
import { parseToken } from "./token.ts";

export type Credentials = {
  /**
   * The credential of a connection: the environment's, else the one in the connection's own
   * store.
   * @throws Failure CREDENTIALS_MISSING, CREDENTIALS_INVALID, CREDENTIAL_STORE_UNAVAILABLE or
   * UNSUPPORTED.
   */
  of(profile: ConnectionProfile): Promise<Secret>;
  /** @throws Failure UNSUPPORTED for a store that this version doesn't have. */
  store(name: CredentialStoreName): CredentialStore;
};

export type CredentialSources = {
  readonly variables: Variables;
  /**
   * The connection that this run was started for. The environment's credential is for that one
   * alone: a command over all connections must not send one broker's credential to another.
   */
  readonly runConnection: string;
  readonly keychain: () => CredentialStore;
  readonly file: () => CredentialStore;
};

export function openCredentials(sources: CredentialSources): Credentials {
  const { keychain, file, variables, runConnection } = sources;
  const store = (name: CredentialStoreName) => {
    if (name === "vault") throw vaultFailure();
    return name === "file" ? file() : keychain();
  };
  return {
    store,
    of: async (profile) => {
      const isRuns = profile.name === runConnection;
      const given = isRuns ? environmentCredential(variables, profile.broker) : null;
      return given ?? (await storedCredential(profile, store));
    },
  };
}

async function storedCredential(
  profile: ConnectionProfile,
  storeOf: Credentials["store"],
): Promise<Secret> {
  if (profile.credentialStore === null) throw missing(profile, "it has no credential store");
  const store = storeOf(profile.credentialStore);
  const secret = await store.read(profile.name);
  if (secret === null) throw missing(profile, `the ${store.name} store has none`);
  return parseToken(secret.reveal(), `What the ${store.name} store holds for ${profile.name}`);
}

function missing({ name, broker }: ConnectionProfile, reason: string): Failure {
  const hint =
    `Run \`tmt-broker connect rotate ${name}\` to enter it again, ` +
    `\`tmt-broker connect add ${broker} --name ${name}\` to set the connection up anew, ` +
    "or set TMT_BROKER_TOKEN for one run.";
  const message = `No credential for the connection ${name}: ${reason}. Nothing was sent.`;
  return new Failure("CREDENTIALS_MISSING", message, { hint, details: { connection: name } });
}

function vaultFailure(): Failure {
  return new Failure("UNSUPPORTED", "This version has no vault store yet. Nothing was sent.", {
    hint: "Choose --store keychain or --store file, or set TMT_BROKER_TOKEN for one run.",
  });
}
