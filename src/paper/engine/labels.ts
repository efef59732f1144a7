import { hasControlCharacter } from "../../core/control-characters.ts";
import type { ClientExtensions } from "./types.ts";

const EXTENSION_LENGTH = 128;

/** Which of the labels is empty, too long or unprintable; null when none is. */
export function badLabel(labels: ClientExtensions | null): "ID" | "TAG" | "COMMENT" | null {
  if (!isLabel(labels?.id)) return "ID";
  if (!isLabel(labels?.tag)) return "TAG";
  return isLabel(labels?.comment) ? null : "COMMENT";
}

/** Whether one of the holders has the labels' id: ids are unique among pending orders, and among open trades. */
export function isIdTaken(
  holders: readonly { readonly clientExtensions: ClientExtensions | null }[],
  labels: ClientExtensions | null,
): boolean {
  const id = labels?.id ?? null;
  return id !== null && holders.some((holder) => holder.clientExtensions?.id === id);
}

/** Labels with those of `changes` that aren't null in their place. */
export function mergedLabels(
  labels: ClientExtensions | null,
  changes: ClientExtensions | null,
): ClientExtensions | null {
  if (!changes) return labels;
  return {
    id: changes.id ?? labels?.id ?? null,
    tag: changes.tag ?? labels?.tag ?? null,
    comment: changes.comment ?? labels?.comment ?? null,
  };
}

/** Whether there is no label at all. */
export function isBlank(labels: ClientExtensions | null | undefined): boolean {
  return !labels || (labels.id === null && labels.tag === null && labels.comment === null);
}

function isLabel(text: string | null | undefined): boolean {
  if (text === null || text === undefined) return true;
  return text !== "" && text.length <= EXTENSION_LENGTH && !hasControlCharacter(text);
}
