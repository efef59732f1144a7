/**
 * Run as a process of its own with few files allowed: `out-of-files-child.ts WHAT PATH FREE`. It opens all it may but FREE,
 * does WHAT, and says as JSON what came of it.
 */
import { closeSync, openSync } from "node:fs";
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { Failure } from "../../src/core/failures.ts";
import { openDatabase } from "../../src/history/sqlite/database.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { circuitBreaker } from "../../src/resilience/circuit-breaker.ts";
import { openHttp } from "../../src/resilience/http.ts";
// Otherwise loaded with the first request, which is too late here.
import "../../src/resilience/node-transport.ts";
import { openOwnCircuits } from "../../src/resilience/own-guards.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { anAudit, anIntent } from "../history/sqlite/records.ts";

const [, , what = "", path = "", free = "0"] = process.argv;

function exhaust(): void {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync("/dev/null", "r"));
  } catch {
    for (const file of held.splice(0, Number(free))) closeSync(file);
  }
}

function tell(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

function asWords(error: unknown) {
  if (!(error instanceof Failure)) return { code: "none", message: String(error), hint: null };
  const { code, message, hint } = error;
  return { code, message, hint };
}

const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Opens a database that is there. */
  database: async () => {
    openDatabase(`${path}-other`).close();
    exhaust();
    try {
      openDatabase(path).close();
      return { code: "opened" };
    } catch (error) {
      return asWords(error);
    }
  },
  /** Journals an order of an open store whose anchor can't be opened now. */
  anchor: async () => {
    const faults: unknown[] = [];
    const options = {
      chain: auditChain,
      onAnchorFault: (failure: Failure) => faults.push(asWords(failure)),
    };
    const store = openStore(path, options);
    await store.journal.open(anIntent("first"), [anAudit("order.sent")]);
    store.close();
    const again = openStore(path, options);
    await again.journal.unsettled("paper", "001");
    exhaust();
    try {
      await again.journal.open(anIntent("second"), [anAudit("order.sent")]);
    } catch (error) {
      faults.push(asWords(error));
    }
    again.close();
    return faults;
  },
  /** Asks the server at PATH again and again. */
  connect: async () => {
    const circuits = openOwnCircuits();
    const breaker = circuitBreaker({
      ...{ connection: "oanda", circuits, clock: systemClock, owner: "host:1:1" },
      isAlive: () => true,
    });
    const client = openHttp({
      origin: path,
      ...{ transport: "node", userAgent: "tmt-broker-test", secrets: [], clock: systemClock },
      policies: [breaker],
    });
    exhaust();
    const failures: unknown[] = [];
    for (let call = 0; call < 9; call += 1) {
      await client
        .request({ method: "GET", path: "/" })
        .catch((error) => failures.push(asWords(error)));
    }
    return { failures, circuit: await circuits.read("oanda") };
  },
};

tell(await TASKS[what]?.());
