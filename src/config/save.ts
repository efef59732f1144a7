import type { DurableFile } from "../ports/durable-file.ts";
import { parseDocument, renderDocument, type Table } from "./document.ts";
import { type Config, readConfig, withRules } from "./load.ts";

/**
 * Reads the configuration file, applies `change` and writes it back, with no other writer in
 * between. The whole is checked first: what would be refused when read is never written.
 * @throws Failure CONFIG_INVALID and what `change` and the file throw; the file is then as it
 * was.
 */
export async function updateConfig(
  file: DurableFile,
  change: (document: Table) => Table,
): Promise<Config> {
  let changed: Table = {};
  await file.update(async (content) => {
    const document = content === null ? {} : await parseDocument(content.bytes);
    changed = change(document);
    await withRules(readConfig(changed, {}));
    const text = await renderDocument(changed, content?.bytes ?? null);
    return new TextEncoder().encode(text);
  });
  return withRules(readConfig(changed, {}));
}
