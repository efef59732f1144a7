/** Run as a process of its own: takes places for streams, says so, and keeps them until it's killed. */
import { auditChain } from "../../src/compliance/audit/chain.ts";
import { openStore } from "../../src/history/sqlite/store.ts";
import { isProcessAlive, processIdentity } from "../../src/resilience/process-identity.ts";

const [, , path = "", host = "", count = "0"] = process.argv;
const { streamPlaces } = openStore(path, { chain: auditChain });
const claim = { owner: processIdentity(), most: Number(count), isAlive: isProcessAlive };
for (let index = 0; index < Number(count); index += 1) await streamPlaces.take(host, claim);
process.stdout.write("taken\n");
setInterval(() => undefined, 1000);
