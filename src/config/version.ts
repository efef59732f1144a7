import { readFileSync } from "node:fs";
import { join } from "node:path";

declare const __TMT_VERSION__: string;

/** The program's version, which the build puts in. */
export function version(): string {
  return typeof __TMT_VERSION__ === "string" ? __TMT_VERSION__ : "0.0.0-source";
}

/** Which build of it this is: a digest of the built program; null where it runs from its source. */
export function buildId(): string | null {
  if (typeof __TMT_VERSION__ !== "string") return null;
  try {
    return readFileSync(join(__dirname, "build-id"), "utf8").trim();
  } catch {
    return null;
  }
}
