import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../core/failures.ts";
import { passwordItem } from "../core/password-item.ts";
import { Secret } from "../core/secret.ts";
import type { CredentialStore } from "../ports/credential-store.ts";
import type { Variables } from "./environment.ts";

/** For whom, where and for what a password is. */
export type Login = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** For people. */
  readonly name: string;
};

export type PasswordSources = {
  readonly variables: Variables;
  /** The store that keeps what `history login` was given. */
  readonly store: () => Promise<CredentialStore>;
  readonly note: (text: string) => void;
};

const OTHERS = 0o077;

/**
 * The password for a PostgreSQL server: PGPASSWORD, else the password file of libpq (PGPASSFILE, ~/.pgpass), else the
 * credential store.
 * @throws Failure CREDENTIALS_MISSING.
 */
export async function databasePassword(login: Login, sources: PasswordSources): Promise<Secret> {
  const { PGPASSWORD: given = "" } = sources.variables;
  if (given !== "") return new Secret(given);
  const inFile = filePassword(login, sources);
  if (inFile !== null) return new Secret(inFile);
  const { secret, reason } = await storedPassword(login, sources);
  if (secret) return secret;
  throw new Failure(
    "CREDENTIALS_MISSING",
    `The PostgreSQL server asks for the password of ${login.name}, and there is none: ${reason}.`,
    {
      hint: "Keep it with: tmt-broker history login. Or put it into ~/.pgpass, or PGPASSWORD for one run.",
      details: { server: login.name },
    },
  );
}

async function storedPassword(login: Login, sources: PasswordSources) {
  try {
    const store = await sources.store();
    const secret = await store.read(passwordItem(login.name));
    return { secret, reason: `neither PGPASSWORD, nor ~/.pgpass, nor the ${store.name} has one` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { secret: null, reason: error.message.replace(/\.$/, "") };
  }
}

/** The first line that fits, of `host:port:database:user:password`; `*` stands for anything. */
function filePassword(login: Login, { variables, note }: PasswordSources): string | null {
  const path = variables.PGPASSFILE ?? join(variables.HOME ?? homedir(), ".pgpass");
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return null;
  if (process.platform !== "win32" && (stats.mode & OTHERS) !== 0) {
    note(`${path} is not used: others may read it. Make it your own with: chmod 600 ${path}`);
    return null;
  }
  const host = login.host.startsWith("/") ? "localhost" : login.host;
  const wanted = [host, `${login.port}`, login.database, login.user];
  const fits = readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#"))
    .map(fieldsOf)
    .find((fields) =>
      wanted.every((value, index) => fields[index] === "*" || unescaped(fields[index]) === value),
    );
  return fits?.[4] === undefined ? null : unescaped(fits[4]);
}

/** Divided by colons; one after a backslash belongs to its field. */
function fieldsOf(line: string): readonly string[] {
  return line.match(/(?:\\.|[^:\\])+|(?<=:|^)(?=:|$)/g) ?? [];
}

function unescaped(field = ""): string {
  return field.replaceAll(/\\(.)/g, "$1");
}
