import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { openKeychain } from "../../src/credentials/keychain.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

/** One keychain call in a process of its own: `read NAME`, `write NAME SECRET` or `remove NAME`. */
const [operation, name = "", secret = ""] = process.argv.slice(2);
const store = openKeychain({ clock: systemClock });

async function call(): Promise<unknown> {
  if (operation === "write") return store.write(name, new Secret(secret));
  if (operation === "remove") return store.remove(name);
  return (await store.read(name))?.reveal() ?? null;
}

try {
  process.stdout.write(JSON.stringify({ value: (await call()) ?? null }));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  const { code, message, hint } = error;
  process.stdout.write(JSON.stringify({ code, message, hint }));
}
