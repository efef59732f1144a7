import { Failure, type FailureCode, type FailureOptions } from "../../core/failures.ts";

export type ServerContext = {
  /** Which database, for people. */
  readonly server: string;
  /** What it means that the call was not done, in a sentence. */
  readonly meaning: string;
  /** What works without the server, for the hint; that of a history where nothing is said. */
  readonly rest?: string;
};

/** What PostgreSQL, or the way to it, reported as a failure of ours; whatever else it is comes back as it is. */
export function postgresFailure(error: unknown, context: ServerContext): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const reported = "code" in error && typeof error.code === "string" ? error.code : null;
  const found = PROBLEMS.find(({ codes, text }) =>
    reported === null ? text?.test(error.message) : codes.test(reported),
  );
  const problem = found ?? (isSqlState(reported) ? REFUSED : null);
  if (problem === null) return error;
  const { code, what, isRetryable } = problem;
  const hint = problem.hint.replace("%", context.rest ?? STILL_WORKS);
  const words = reported === null ? error.message : `${reported}: ${error.message}`;
  const options: FailureOptions = {
    hint,
    retryable: isRetryable === true,
    details: { server: context.server, reported: reported ?? error.message },
    cause: error,
  };
  return new Failure(
    code,
    `${what.replace("%", context.server)} (${words}). ${context.meaning}`,
    options,
  );
}

/** Whether the connection is of no use any more. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Failure) return false;
  const reported = "code" in error && typeof error.code === "string" ? error.code : null;
  return reported === null
    ? BROKEN.test(error.message)
    : NETWORK.test(reported) || LOST.test(reported);
}

const LOST = /^(08|57P0)/;
const BROKEN =
  /^(Connection terminated|timeout e|Query read timeout|Client (has|was)|.*not queryable)/;

function isSqlState(code: string | null): boolean {
  return code !== null && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.test(code);
}

const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)(UNREACH|DOWN)|ENETRESET|ETIMEDOUT|EPIPE|ENOENT|EACCES|ENOTFOUND|EAI_\w+)$/;
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

const STILL_WORKS =
  "Prices, positions and closing work without it, and so do new orders where history.fence is off. Nothing is missing: history sync reads on where it ended.";

type Problem = {
  readonly code: FailureCode;
  readonly codes: RegExp;
  /** For what is reported without a code. */
  readonly text?: RegExp;
  readonly what: string;
  readonly hint: string;
  readonly isRetryable?: boolean;
};

/** The first that fits is meant. `%` stands for the server's name, and in a hint for what works without it. */
const PROBLEMS: readonly Problem[] = [
  {
    code: "CONFIG_INVALID",
    codes: TLS,
    text: /does not support SSL|establishing an SSL/,
    what: "The server of % can't be trusted: it gave no certificate that proves who it is",
    hint: "Give the file of its signer's certificate: ?sslrootcert=FILE in history.database, or PGSSLROOTCERT. sslmode=require encrypts without proof of who is asked, sslmode=disable doesn't encrypt.",
  },
  {
    code: "STORAGE_BUSY",
    codes: NETWORK,
    text: BROKEN,
    what: "The PostgreSQL server of % doesn't answer",
    hint: "Start the server, or check history.database and the network. %",
    isRetryable: true,
  },
  {
    code: "STORAGE_BUSY",
    codes: /^(08|57P0[1235])/,
    what: "The PostgreSQL server of % is starting or going down, or ended the connection",
    hint: "Run the command again once it is up. %",
    isRetryable: true,
  },
  {
    code: "STORAGE_BUSY",
    codes: /^(53300|57P04)$/,
    what: "The PostgreSQL server of % takes no more connections",
    hint: "End some, or raise max_connections. %",
    isRetryable: true,
  },
  {
    code: "STORAGE_BUSY",
    // 23514: a month's partition that was there a moment ago went with its old lines.
    codes: /^(40001|40P01|55P03|57014|55006|25P0[34]|23514)$/,
    what: "The database % is busy with another's work",
    hint: "Run the command again; a large import elsewhere may take a while.",
    isRetryable: true,
  },
  {
    code: "CREDENTIALS_INVALID",
    codes: /^28/,
    what: "The PostgreSQL server refuses %",
    hint: "Check the user's name and password (tmt-broker history login, PGPASSWORD or ~/.pgpass), and the server's pg_hba.conf.",
  },
  {
    code: "CONFIG_INVALID",
    codes: /^(3D000|0LP01)$/,
    what: "The server has no database %",
    hint: "Make it on the server with createdb, or check history.database.",
  },
  {
    code: "PERMISSION_DENIED",
    codes: /^42501$/,
    what: "The PostgreSQL server doesn't let % do that",
    hint: "Use the same user on every computer, and make it the database's owner: ALTER DATABASE … OWNER TO …",
  },
  {
    code: "STORAGE_FULL",
    codes: /^(53|54)/,
    what: "The server of % has no room left",
    hint: "Free space on the server's disk. %",
  },
  {
    code: "STORAGE_FULL",
    codes: /^25006$/,
    what: "The database % is read-only: a standby, or set so",
    hint: "Name the server that takes writes in history.database. Lists and exports can be read from this one.",
  },
  {
    code: "STORAGE_CORRUPT",
    codes: /^(XX00[12]|58|F0)/,
    what: "The database % is damaged, or its disk is",
    hint: "Look at the server's log, and restore its backup. What the broker keeps is not touched: history sync reads it again.",
  },
  {
    code: "USAGE",
    codes: /^(22021|22P05)$/,
    what: "A text holds a character that the database % can't keep, such as NUL",
    hint: "Take the character out of the file.",
  },
];

const REFUSED: Problem = {
  code: "INTERNAL",
  codes: /^$/,
  what: "The database % refused what it was told",
  hint: "If somebody changed its tables, restore them. Else this is a fault in tmt-broker: please report it with this message.",
};
