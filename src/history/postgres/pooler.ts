import { Failure } from "../../core/failures.ts";
import type { OpenSession, Session } from "./session.ts";

/** A pooler that keeps sessions apart may have none left for a second one: so long is it waited for. */
const SECOND_SESSION_MS = 3_000;
const NO_TRANSACTIONS = "08P01";

export type Way = {
  /** Where it leads to, for people. */
  readonly server: string;
  readonly signal: AbortSignal;
  readonly open: (signal: AbortSignal) => Promise<Session>;
};

/**
 * Opens sessions, and looks once whether a pooler keeps them apart. One that gives each transaction another session of the
 * server's would leave locks with strangers, and commits without what they are promised.
 * @throws Failure CONFIG_INVALID where it doesn't.
 */
export function throughPooler(way: Way): OpenSession {
  let isProven = false;
  return async () => {
    const session = await way.open(way.signal);
    if (isProven || !session.isPooled) return session;
    try {
      await requireOwnSession(session, way);
    } catch (error) {
      await session.end();
      throw error;
    }
    isProven = true;
    return session;
  };
}

/** While one client is idle, another that is given the same session of the server's tells the pooler's mode. */
async function requireOwnSession(session: Session, { server, signal, open }: Way): Promise<void> {
  const own = await processOf(session);
  if ((await processOf(session)) !== own) throw poolerFailure(server);
  const patience = AbortSignal.timeout(SECOND_SESSION_MS);
  const second = await open(AbortSignal.any([signal, patience])).catch((error: unknown) => {
    // None was free although the first is idle: it is kept for the first.
    if (patience.aborted && !signal.aborted) return null;
    throw error;
  });
  if (second === null) return;
  try {
    await second.query("BEGIN").catch((error: unknown) => {
      const isRefused = error instanceof Error && "code" in error && error.code === NO_TRANSACTIONS;
      throw isRefused ? poolerFailure(server) : error;
    });
    const isShared = (await processOf(second)) === own || (await processOf(session)) !== own;
    if (isShared) throw poolerFailure(server);
  } finally {
    await second.end();
  }
}

async function processOf(session: Session): Promise<number | undefined> {
  const { rows } = await session.query<{ readonly process: number }>(
    "SELECT pg_backend_pid() AS process",
  );
  return rows[0]?.process;
}

function poolerFailure(server: string): Failure {
  return new Failure(
    "CONFIG_INVALID",
    `The way to ${server} goes through a pooler that gives each transaction another session of the server's, so no lock would hold. Nothing was done.`,
    {
      hint: "Name the server's own port in history.database, or let the pooler keep sessions for this database (PgBouncer: pool_mode = session).",
      details: { server },
    },
  );
}
