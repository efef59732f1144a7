/**
 * Run as a process of its own: `hammer-child.ts URL TOKEN DATABASE MS`. Once it is told to go, it asks for the
 * accounts as often as it may, a few calls at a time, and says on stdout how each ended, a line each.
 */
import { once } from "node:events";
import { OANDA_CAPABILITIES, openOandaConnection } from "../../src/adapters/oanda/connection.ts";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { openGuards } from "../../src/resilience/guards.ts";
import { isProcessAlive, processIdentity } from "../../src/resilience/process-identity.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { CONNECTIONS } from "../../src/resilience/transport.ts";

const CALLS_AT_A_TIME = 6;

const [, , url = "", token = "", database = "", ms = "0"] = process.argv;
const store = openStore(database, { chain: auditChain });
const connection = openOandaConnection({
  profile: { environment: "practice", host: url },
  token: new Secret(token),
  clock: systemClock,
  version: "0.0.0",
  limits: openGuards({
    ...OANDA_CAPABILITIES,
    ...store,
    connection: "oanda",
    places: CONNECTIONS.node,
    hasBreaker: true,
    clock: systemClock,
    random: Math.random,
    owner: processIdentity(),
    isAlive: isProcessAlive,
  }),
});

say("ready");
await once(process.stdin, "data");
const endsAt = systemClock.monotonicMs() + Number(ms);
await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, hammer));
await connection.close();
store.close();
process.stdin.destroy();

async function hammer(): Promise<void> {
  while (systemClock.monotonicMs() < endsAt) {
    try {
      await connection.accounts();
      say("answered");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      say(error.code);
    }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
