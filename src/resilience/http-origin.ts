import { Failure } from "../core/failures.ts";

/**
 * The address of a server: scheme, host and port.
 * @throws Failure CONFIG_INVALID when it is none, or isn't encrypted although it isn't this computer.
 */
export function parseOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || `${url.origin}/` !== url.href) {
    throw new Failure("CONFIG_INVALID", `The host "${text}" isn't an address like https://host.`, {
      hint: "Give scheme and host, and a port where it needs one: nothing else.",
    });
  }
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && isLoopbackHost(url.hostname)) return url;
  throw new Failure("CONFIG_INVALID", `The host "${text}" isn't encrypted. Nothing was sent.`, {
    hint: "Use https; plain http is only for this computer (localhost, 127.0.0.1).",
  });
}

/** Whether `host` (of a URL) is this computer: the only place where plain http is allowed. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
