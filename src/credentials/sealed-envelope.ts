import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  type ScryptOptions,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { Failure } from "../core/failures.ts";
import type { Secret } from "../core/secret.ts";

/** Secrets by connection name. */
export type Vault = ReadonlyMap<string, string>;

/** What the file says before it is opened; all of it is covered by the seal. */
export type Header = {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  /** Half of what the passphrase gives: tells a wrong passphrase from a damaged file. */
  readonly check: Buffer;
};

export type Envelope = {
  readonly header: Header;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly sealed: Buffer;
};

export type Key = { readonly header: Header; readonly encryption: Buffer };

const FORMAT = "tmt-broker credentials 1";
// OWASP Password Storage Cheat Sheet, read 2026-11-22: scrypt with N = 2^17, r = 8, p = 1 (128 MB).
// Also the floor: a file that asks for less was tampered with. The ceilings bound memory and time.
const COST = 2 ** 17;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const COST_MAX = 2 ** 20;
const BLOCK_SIZE_MAX = 16;
const PARALLELIZATION_MAX = 16;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key for a new file, from a passphrase and a fresh salt. */
export async function newKey(passphrase: Secret): Promise<Key> {
  const parameters = {
    cost: COST,
    blockSize: BLOCK_SIZE,
    parallelization: PARALLELIZATION,
    salt: randomBytes(SALT_BYTES),
  };
  const { encryption, check } = await derive(passphrase, parameters);
  return { header: { ...parameters, check }, encryption };
}

/**
 * The key of an existing file.
 * @throws Failure CREDENTIALS_INVALID when the passphrase isn't its own.
 */
export async function keyFor(header: Header, passphrase: Secret): Promise<Key> {
  const { encryption, check } = await derive(passphrase, header);
  if (timingSafeEqual(check, header.check)) return { header, encryption };
  throw new Failure("CREDENTIALS_INVALID", "The passphrase doesn't open the credentials file.", {
    hint: "Check TMT_BROKER_PASSPHRASE. Without it, delete the file and add the connections again.",
  });
}

/** The text of a file that holds `vault`, sealed with AES-256-GCM under a fresh nonce. */
export function seal(vault: Vault, key: Key): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.encryption, nonce);
  cipher.setAAD(authenticated(key.header));
  const plain = JSON.stringify([...vault]);
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  const { cost, blockSize, parallelization, salt, check } = key.header;
  const document = {
    format: FORMAT,
    scrypt: { cost, blockSize, parallelization, salt: salt.toString("base64") },
    check: check.toString("base64"),
    nonce: nonce.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    sealed: sealed.toString("base64"),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * What the file holds.
 * @throws Failure CREDENTIAL_STORE_UNAVAILABLE when a bit of it was changed.
 */
export function unseal(envelope: Envelope, key: Key): Vault {
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv("aes-256-gcm", key.encryption, envelope.nonce, options);
  decipher.setAAD(authenticated(envelope.header));
  decipher.setAuthTag(envelope.tag);
  let plain: string;
  try {
    plain = Buffer.concat([decipher.update(envelope.sealed), decipher.final()]).toString("utf8");
  } catch (error) {
    throw damaged("its contents don't match their seal", error);
  }
  return new Map<string, string>(JSON.parse(plain));
}

/**
 * Reads the file's text.
 * @throws Failure CREDENTIAL_STORE_UNAVAILABLE when it is damaged or weakened.
 */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const document = fieldsOf(parseJson(bytes));
  if (document.format !== FORMAT) throw damaged("it isn't in a format that this version knows");
  const parameters = fieldsOf(document.scrypt);
  const header = {
    cost: boundedNumber(parameters.cost, COST, COST_MAX),
    blockSize: boundedNumber(parameters.blockSize, BLOCK_SIZE, BLOCK_SIZE_MAX),
    parallelization: boundedNumber(
      parameters.parallelization,
      PARALLELIZATION,
      PARALLELIZATION_MAX,
    ),
    salt: bytesOf(parameters.salt, SALT_BYTES),
    check: bytesOf(document.check, KEY_BYTES),
  };
  return {
    header,
    nonce: bytesOf(document.nonce, NONCE_BYTES),
    tag: bytesOf(document.tag, TAG_BYTES),
    sealed: bytesOf(document.sealed),
  };
}

type Parameters = Omit<Header, "check">;

async function derive(passphrase: Secret, parameters: Parameters) {
  const { cost, blockSize, parallelization, salt } = parameters;
  const maxmem = 128 * blockSize * (cost + parallelization) + 1024 * 1024;
  // One spelling of accented letters: keyboards and systems differ.
  const text = passphrase.reveal().normalize("NFC");
  const bytes = await scryptBytes(text, salt, { cost, blockSize, parallelization, maxmem });
  return { encryption: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES) };
}

function scryptBytes(text: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES * 2, options, (error, bytes) => {
      if (error) reject(error);
      else resolve(bytes);
    });
  });
}

function authenticated({ cost, blockSize, parallelization, salt, check }: Header): Buffer {
  const fields = [
    FORMAT,
    cost,
    blockSize,
    parallelization,
    salt.toString("hex"),
    check.toString("hex"),
  ];
  return Buffer.from(JSON.stringify(fields));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw damaged("it isn't whole", error);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return { ...value };
  throw damaged("a part of it is missing");
}

function boundedNumber(value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw damaged("a part of it is missing");
  }
  if (value < minimum) throw damaged("its protection was weakened");
  if (value > maximum) throw damaged("it asks for more work than any passphrase needs");
  return value;
}

function bytesOf(value: unknown, length?: number): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "base64") : undefined;
  if (!bytes || (length !== undefined && bytes.length !== length)) {
    throw damaged("a part of it is missing");
  }
  return bytes;
}

function damaged(how: string, cause?: unknown): Failure {
  return new Failure(
    "CREDENTIAL_STORE_UNAVAILABLE",
    `The credentials file is damaged or was tampered with: ${how}. Nothing was sent or stored.`,
    { hint: "Restore it from a backup, or delete it and add the connections again.", cause },
  );
}
