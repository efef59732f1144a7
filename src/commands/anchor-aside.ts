import { Failure } from "../core/failures.ts";
import type { Anchored, AuditHead } from "../ports/audit-anchor.ts";
import type { Context } from "./context.ts";

/** Keeps the audit log's head in the keychain too, where one is in use. It is slow: only where nobody waits for an order. */
export async function anchorAside(context: Context, head: AuditHead | null): Promise<void> {
  if (head === null) return;
  await tried(context, async () => {
    const vault = await context.anchorVault();
    await vault?.write(head);
  });
}

/** What the keychain says the head is; nothing where none is in use, was never written, or doesn't answer. */
export async function anchoredAside(context: Context): Promise<readonly Anchored[]> {
  const anchored = await tried(context, async () => {
    const vault = await context.anchorVault();
    return vault && { place: vault.place, reading: await vault.read() };
  });
  return anchored && anchored.reading.kind !== "none" ? [anchored] : [];
}

async function tried<T>(context: Context, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.note(
      `The audit log's head couldn't be kept in, or read from, the keychain: ${error.message}`,
    );
    return null;
  }
}
