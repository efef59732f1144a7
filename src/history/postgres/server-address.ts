import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { Failure } from "../../core/failures.ts";
import {
  parsePort,
  parseServerUrl,
  parseTimeout,
  parseTlsMode,
  requireOneHost,
  type ServerUrl,
  ServerUrlError,
  type TlsMode,
} from "../../core/server-url.ts";

/** Where a database is, and how it is reached. The password isn't part of it. */
export type ServerAddress = {
  /** A host's name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly tls: TlsMode;
  /** Files with certificates: of those who sign servers' (null: those that Node trusts), and the user's own. */
  readonly rootCertificate: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly connectTimeoutMs: number;
  /** For people: `trader@db.example:5432/tmt`. */
  readonly name: string;
};

type Variables = Readonly<Record<string, string | undefined>>;

const SOCKET_FOLDER = "/var/run/postgresql";
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Reads a PostgreSQL URL as libpq does; what it doesn't say is in PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE,
 * PGSSLROOTCERT, PGSSLCERT, PGSSLKEY and PGCONNECT_TIMEOUT. Without an `sslmode` a host other than this computer must
 * prove its name by a certificate.
 * @throws Failure CONFIG_INVALID, without showing what may be secret.
 */
export function readServerAddress(text: string, variables: Variables): ServerAddress {
  return legal(() => addressOf(parseServerUrl(text), variables));
}

function addressOf(url: ServerUrl, variables: Variables): ServerAddress {
  const given = (said: string | null, variable: string) => said ?? filled(variables[variable]);
  const port = parsePort(given(url.port, "PGPORT") ?? "5432");
  const user = given(url.user, "PGUSER") ?? systemUser();
  const database = given(url.database, "PGDATABASE") ?? user;
  const host = hostOf(given(url.host, "PGHOST"), port);
  const shown = host.includes(":") ? `[${host}]` : host;
  const timeout = given(url.connectTimeout, "PGCONNECT_TIMEOUT");
  return {
    host,
    port,
    user,
    database,
    tls: tlsOf(host, given(url.tlsMode, "PGSSLMODE")),
    rootCertificate: certificatesOf(given(url.rootCertificate, "PGSSLROOTCERT")),
    certificate: given(url.certificate, "PGSSLCERT"),
    key: given(url.key, "PGSSLKEY"),
    connectTimeoutMs: timeout === null ? CONNECT_TIMEOUT_MS : parseTimeout(timeout),
    name: `${user}@${shown}:${port}/${database}`,
  };
}

/** Whether a connection to `host` stays on this computer. */
export function isOnThisComputer(host: string): boolean {
  return (
    host.startsWith("/") ||
    host === "localhost" ||
    host === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

function hostOf(host: string | null, port: number): string {
  if (host !== null) return requireOneHost(host);
  return existsSync(`${SOCKET_FOLDER}/.s.PGSQL.${port}`) ? SOCKET_FOLDER : "localhost";
}

function tlsOf(host: string, asked: string | null): TlsMode {
  const mode = asked === null ? null : parseTlsMode(asked);
  if (mode === null) return isOnThisComputer(host) ? "disable" : "verify-full";
  // A Unix socket has no TLS.
  return host.startsWith("/") ? "disable" : mode;
}

/** libpq's word for the certificates that the system trusts. */
function certificatesOf(path: string | null): string | null {
  return path === "system" ? null : path;
}

function filled(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new ServerUrlError(
      "names no user",
      "Write postgres://USER@HOST/DATABASE, or set PGUSER.",
    );
  }
}

function legal<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ServerUrlError)) throw error;
    throw new Failure("CONFIG_INVALID", error.message, { hint: error.hint });
  }
}
