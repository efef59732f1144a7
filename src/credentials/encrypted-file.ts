import { Failure } from "../core/failures.ts";
import { Secret } from "../core/secret.ts";
import type { CredentialStore } from "../ports/credential-store.ts";
import type { DurableFile, FileContent } from "../ports/durable-file.ts";
import type { Variables } from "./environment.ts";
import {
  type Header,
  type Key,
  keyFor,
  newKey,
  parseEnvelope,
  seal,
  unseal,
  type Vault,
} from "./sealed-envelope.ts";

export type EncryptedFileOptions = {
  readonly file: DurableFile;
  /**
   * Asked at most once, and only when there is something to open or to store; null when there is
   * none.
   */
  readonly passphrase: () => Promise<Secret | null>;
  readonly warn: (text: string) => void;
};

const PASSPHRASE = "TMT_BROKER_PASSPHRASE";

/**
 * All credentials in one file, sealed under a key made from a passphrase. A wrong passphrase is
 * CREDENTIALS_INVALID, none at all CREDENTIALS_MISSING.
 */
export function openEncryptedFile(options: EncryptedFileOptions): CredentialStore {
  const { file, warn } = options;
  const keys = openKeyring(options.passphrase);
  const open = async (content: FileContent): Promise<Vault> => {
    if (content.isReadableByOthers) {
      warn(`${file.path} can be read by other users of this computer: chmod 600 '${file.path}'`);
    }
    const envelope = parseEnvelope(content.bytes);
    return unseal(envelope, await keys.of(envelope.header));
  };
  // A prompt and the slow making of the key must not keep other processes waiting for the file.
  const warmUp = async (content: FileContent | null) => {
    if (content === null) await keys.current();
    else await keys.of(parseEnvelope(content.bytes).header);
  };
  const close = async (vault: Vault) => Buffer.from(seal(vault, await keys.current()));
  return {
    name: "file",
    read: async (connection) => {
      const content = readFile(file);
      const text = content === null ? undefined : (await open(content)).get(connection);
      return text === undefined ? null : new Secret(text);
    },
    write: async (connection, secret) => {
      await warmUp(readFile(file));
      await update(file, async (content) => {
        const vault = content === null ? new Map<string, string>() : await open(content);
        return close(new Map(vault).set(connection, secret.reveal()));
      });
    },
    remove: async (connection) => {
      const current = readFile(file);
      if (current === null) return false;
      await warmUp(current);
      let isRemoved = false;
      await update(file, async (content) => {
        const vault = new Map(content === null ? [] : await open(content));
        isRemoved = vault.delete(connection);
        return isRemoved ? close(vault) : null;
      });
      return isRemoved;
    },
  };
}

/** TMT_BROKER_PASSPHRASE, else the answer of `prompt`; null where there is nobody to ask. */
export function passphraseSource(
  variables: Variables,
  prompt: (() => Promise<string>) | null,
): () => Promise<Secret | null> {
  return async () => {
    const text = variables[PASSPHRASE] ?? (await prompt?.());
    return text === undefined || text === "" ? null : new Secret(text);
  };
}

type Keyring = {
  of(header: Header): Promise<Key>;
  /** The key used last, or a new file's. */
  current(): Promise<Key>;
};

/** Making a key is slow by design: it is made once for each header, also for calls at one time. */
function openKeyring(ask: EncryptedFileOptions["passphrase"]): Keyring {
  let passphrase: Promise<Secret> | undefined;
  let newest: Promise<Key> | undefined;
  const known: { readonly header: Header; readonly key: Promise<Key> }[] = [];
  const given = () => {
    passphrase ??= ask().then((secret) => secret ?? Promise.reject(passphraseMissing()));
    return passphrase;
  };
  return {
    of: (header) => {
      newest = known.find((entry) => isSameHeader(entry.header, header))?.key;
      if (newest) return newest;
      newest = given().then((secret) => keyFor(header, secret));
      known.push({ header, key: newest });
      return newest;
    },
    current: () => {
      newest ??= given().then(newKey);
      return newest;
    },
  };
}

function isSameHeader(left: Header, right: Header): boolean {
  return (
    left.cost === right.cost &&
    left.blockSize === right.blockSize &&
    left.parallelization === right.parallelization &&
    left.salt.equals(right.salt) &&
    left.check.equals(right.check)
  );
}

function readFile(file: DurableFile): FileContent | null {
  try {
    return file.read();
  } catch (error) {
    throw storeFailure(error);
  }
}

async function update(file: DurableFile, change: Parameters<DurableFile["update"]>[0]) {
  try {
    await file.update(change);
  } catch (error) {
    throw storeFailure(error);
  }
}

const OWN_CODES = ["CREDENTIALS_INVALID", "CREDENTIALS_MISSING", "CREDENTIAL_STORE_UNAVAILABLE"];

function storeFailure(error: unknown): unknown {
  if (!(error instanceof Failure) || OWN_CODES.includes(error.code)) return error;
  const { message, hint, retryable } = error;
  const options = { retryable, cause: error, ...(hint === null ? {} : { hint }) };
  return new Failure("CREDENTIAL_STORE_UNAVAILABLE", message, options);
}

function passphraseMissing(): Failure {
  const message = "The credentials file needs its passphrase. Nothing was sent or stored.";
  return new Failure("CREDENTIALS_MISSING", message, {
    hint: `Set ${PASSPHRASE}, or run the command in a terminal to be asked for it.`,
  });
}
