import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { Failure } from "../../core/failures.ts";

/** How a connection is protected: as libpq's `sslmode`, without the two that fall back to plain text by themselves. */
export const TLS_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

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
type Given = (parameter: string, variable: string) => string | null;

const SOCKET_FOLDER = "/var/run/postgresql";
const PARAMETERS = [
  ...["host", "port", "user", "dbname", "connect_timeout"],
  ...["sslmode", "sslrootcert", "sslcert", "sslkey"],
];
/** What libpq tries without protecting anything: taken as if nothing had been said. */
const UNPROTECTED = ["allow", "prefer"];
const CONNECT_TIMEOUT_S = 10;

/**
 * Reads a PostgreSQL URL as libpq does; what it doesn't say is in PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE,
 * PGSSLROOTCERT, PGSSLCERT, PGSSLKEY and PGCONNECT_TIMEOUT. Without an `sslmode` a host other than this computer must
 * prove its name by a certificate.
 * @throws Failure CONFIG_INVALID, without showing what may be secret.
 */
export function readServerAddress(text: string, variables: Variables): ServerAddress {
  const url = parseUrl(text);
  const given: Given = (parameter, variable) =>
    filled(url.searchParams.get(parameter)) ?? filled(variables[variable]);
  const port = portOf(filled(url.port) ?? given("port", "PGPORT") ?? "5432");
  const user = filled(decoded(url.username)) ?? given("user", "PGUSER") ?? systemUser();
  const database = filled(decoded(url.pathname.slice(1))) ?? given("dbname", "PGDATABASE") ?? user;
  const host = hostOf(url, given, port);
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    host,
    port,
    user,
    database,
    tls: tlsOf(host, given("sslmode", "PGSSLMODE")),
    rootCertificate: certificatesOf(given("sslrootcert", "PGSSLROOTCERT")),
    certificate: given("sslcert", "PGSSLCERT"),
    key: given("sslkey", "PGSSLKEY"),
    connectTimeoutMs: timeoutOf(given("connect_timeout", "PGCONNECT_TIMEOUT")),
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

function parseUrl(text: string): URL {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw invalid("is no postgres:// URL");
  }
  const url = new URL(text);
  if (url.password !== "" || url.searchParams.has("password")) {
    throw invalid(
      "holds a password, which doesn't belong into a file or on a command line",
      "Take it out, and give it with: tmt-broker history login, or PGPASSWORD, or ~/.pgpass.",
    );
  }
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown === undefined) return url;
  throw invalid(
    `has a parameter that isn't known here: ${unknown.slice(0, 40)}`,
    `Known are ${PARAMETERS.join(", ")}.`,
  );
}

function hostOf(url: URL, given: Given, port: number): string {
  const host = filled(decoded(url.hostname).replace(/^\[(.*)\]$/, "$1")) ?? given("host", "PGHOST");
  if (host?.includes(",")) {
    throw invalid("names several hosts", "Name the one that takes writes.");
  }
  if (host !== null) return host;
  return existsSync(`${SOCKET_FOLDER}/.s.PGSQL.${port}`) ? SOCKET_FOLDER : "localhost";
}

function tlsOf(host: string, asked: string | null): TlsMode {
  const isLocal = isOnThisComputer(host);
  if (asked === null || UNPROTECTED.includes(asked)) return isLocal ? "disable" : "verify-full";
  const mode = TLS_MODES.find((known) => known === asked);
  if (mode === undefined) {
    throw invalid(
      `asks for an sslmode that isn't known: ${asked.slice(0, 40)}`,
      `Known are ${TLS_MODES.join(", ")}.`,
    );
  }
  // A Unix socket has no TLS.
  return host.startsWith("/") ? "disable" : mode;
}

/** libpq's word for the certificates that the system trusts. */
function certificatesOf(path: string | null): string | null {
  return path === "system" ? null : path;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw invalid(`has no usable port: ${text.slice(0, 40)}`, "A port is 1 to 65535.");
}

/** As with libpq, 0 is for ever; which here is an hour. */
function timeoutOf(text: string | null): number {
  if (text === null) return CONNECT_TIMEOUT_S * 1000;
  if (!/^\d{1,4}$/.test(text)) {
    throw invalid(`has no usable connect_timeout: ${text.slice(0, 40)}`, "It is in seconds.");
  }
  return (Number(text) || 3600) * 1000;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("holds a % that isn't followed by two hexadecimal digits", "Write %25 for it.");
  }
}

function filled(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === "" ? null : text;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw invalid("names no user", "Write postgres://USER@HOST/DATABASE, or set PGUSER.");
  }
}

function invalid(what: string, hint = "Write postgres://USER@HOST/DATABASE."): Failure {
  return new Failure("CONFIG_INVALID", `The address of the PostgreSQL server ${what}.`, { hint });
}
