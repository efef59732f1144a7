declare const __TMT_VERSION__: string;

/** The program's version, which the build puts in. */
export function version(): string {
  return typeof __TMT_VERSION__ === "string" ? __TMT_VERSION__ : "0.0.0-source";
}
