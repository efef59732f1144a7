/** How a connection is protected: as libpq's `sslmode`, without the two that fall back to plain text by themselves. */
export const TLS_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** What a postgres:// URL says, as it says it; null what it leaves to the environment. */
export type ServerUrl = {
  readonly host: string | null;
  readonly port: string | null;
  readonly user: string | null;
  readonly database: string | null;
  readonly connectTimeout: string | null;
  readonly tlsMode: string | null;
  readonly rootCertificate: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
};

/** What is wrong with the address of a server, and what to do; neither shows what may be secret. */
export class ServerUrlError extends RangeError {
  readonly hint: string;

  constructor(what: string, hint = "Write postgres://USER@HOST/DATABASE.") {
    super(`The address of the PostgreSQL server ${what}.`);
    this.hint = hint;
  }
}

const PARAMETERS = [
  ...["host", "port", "user", "dbname", "connect_timeout"],
  ...["sslmode", "sslrootcert", "sslcert", "sslkey"],
];
/** What libpq tries without protecting anything: taken as if nothing had been said. */
const UNPROTECTED = ["allow", "prefer"];
const FOR_EVER_S = 3_600;

/** Reads a URL as libpq does, and checks all that it says. @throws ServerUrlError. */
export function parseServerUrl(text: string): ServerUrl {
  const url = toUrl(text);
  const parameter = (name: string) => filled(url.searchParams.get(name));
  const read: ServerUrl = {
    host: filled(decoded(url.hostname).replace(/^\[(.*)\]$/, "$1")) ?? parameter("host"),
    port: filled(url.port) ?? parameter("port"),
    user: filled(decoded(url.username)) ?? parameter("user"),
    database: filled(decoded(url.pathname.slice(1))) ?? parameter("dbname"),
    connectTimeout: parameter("connect_timeout"),
    tlsMode: parameter("sslmode"),
    rootCertificate: parameter("sslrootcert"),
    certificate: parameter("sslcert"),
    key: parameter("sslkey"),
  };
  if (read.host !== null) requireOneHost(read.host);
  if (read.port !== null) parsePort(read.port);
  if (read.connectTimeout !== null) parseTimeout(read.connectTimeout);
  if (read.tlsMode !== null) parseTlsMode(read.tlsMode);
  return read;
}

export function requireOneHost(host: string): string {
  if (!host.includes(",")) return host;
  throw new ServerUrlError("names several hosts", "Name the one that takes writes.");
}

/** Null for those that fall back to plain text by themselves. */
export function parseTlsMode(text: string): TlsMode | null {
  if (UNPROTECTED.includes(text)) return null;
  const mode = TLS_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new ServerUrlError(
    `asks for an sslmode that isn't known: ${text.slice(0, 40)}`,
    `Known are ${TLS_MODES.join(", ")}.`,
  );
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new ServerUrlError(`has no usable port: ${text.slice(0, 40)}`, "A port is 1 to 65535.");
}

/** As with libpq, 0 is for ever; which here is an hour. */
export function parseTimeout(text: string): number {
  if (/^\d{1,4}$/.test(text)) return (Number(text) || FOR_EVER_S) * 1000;
  throw new ServerUrlError(
    `has no usable connect_timeout: ${text.slice(0, 40)}`,
    "It is in seconds.",
  );
}

function toUrl(text: string): URL {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new ServerUrlError("is no postgres:// URL");
  }
  const url = new URL(text);
  if (url.password !== "" || url.searchParams.has("password")) {
    throw new ServerUrlError(
      "holds a password, which doesn't belong into a file or on a command line",
      "Take it out, and give it with: tmt-broker history login, or PGPASSWORD, or ~/.pgpass.",
    );
  }
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown === undefined) return url;
  throw new ServerUrlError(
    `has a parameter that isn't known here: ${unknown.slice(0, 40)}`,
    `Known are ${PARAMETERS.join(", ")}.`,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServerUrlError(
      "holds a % that isn't followed by two hexadecimal digits",
      "Write %25 for it.",
    );
  }
}

function filled(text: string | null): string | null {
  return text === "" ? null : text;
}
