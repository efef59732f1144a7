import { openDurableFile } from "../../src/config/durable-file.ts";
import { withSetting } from "../../src/config/edit.ts";
import { resolvePaths } from "../../src/config/paths.ts";
import { updateConfig } from "../../src/config/save.ts";
import { Failure } from "../../src/core/failures.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

/**
 * `set PATH KEY VALUE`, `hold PATH` (takes the lock for ever), `paths` or `read PATH`, in a
 * process of its own.
 */
const [operation, path = "", key = "", value = ""] = process.argv.slice(2);
const file = openDurableFile(path, systemClock);

async function call(): Promise<unknown> {
  if (operation === "set") return updateConfig(file, (old) => withSetting(old, key, value));
  if (operation === "paths") return resolvePaths(process.env);
  if (operation === "read") return Buffer.from(file.read()?.bytes ?? []).toString();
  return file.update(async () => {
    process.stdout.write("held\n");
    await systemClock.sleep(600_000);
    return null;
  });
}

try {
  const answer = await call();
  if (operation !== "set") process.stdout.write(JSON.stringify(answer));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stdout.write(
    JSON.stringify({ code: error.code, message: error.message, hint: error.hint }),
  );
}
