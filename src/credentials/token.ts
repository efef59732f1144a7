import { hasControlCharacter } from "../core/control-characters.ts";
import { Failure } from "../core/failures.ts";
import { Secret } from "../core/secret.ts";

export const TOKEN_LENGTH_MAX = 4_096;

/**
 * A credential as it may be sent: printable ASCII without spaces. One newline at its end, as
 * `echo` and editors leave it, is dropped. `what` names it in the message, which never holds any
 * of it.
 * @throws Failure CREDENTIALS_INVALID.
 */
export function parseToken(text: string, what = "The credential"): Secret {
  const token = text.replace(/\r?\n$/, "");
  const problem = problemOf(token);
  if (problem === undefined) return new Secret(token);
  throw new Failure("CREDENTIALS_INVALID", `${what} ${problem}. Nothing was sent or stored.`, {
    hint: "Copy it again from the broker's page, whole and on one line.",
  });
}

/** The credential of a broker that gives a key id and a secret, as one: `KEY-ID:SECRET`. */
export function pairToken(keyId: Secret, secret: Secret): Secret {
  if (!keyId.reveal().includes(":")) return new Secret(`${keyId.reveal()}:${secret.reveal()}`);
  throw new Failure("CREDENTIALS_INVALID", "The key id holds a colon. Nothing was sent or stored.");
}

/** The two parts of `pairToken`. @throws Failure CREDENTIALS_INVALID when it isn't a pair. */
export function splitPair(pair: Secret): { readonly keyId: Secret; readonly secret: Secret } {
  const text = pair.reveal();
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1) {
    return { keyId: new Secret(text.slice(0, colon)), secret: new Secret(text.slice(colon + 1)) };
  }
  throw new Failure("CREDENTIALS_INVALID", "The credential isn't a key id and a secret.", {
    hint: "Give both, joined by a colon: KEY-ID:SECRET.",
  });
}

function problemOf(token: string): string | undefined {
  if (token === "") return "is empty";
  if (token.length > TOKEN_LENGTH_MAX) {
    return `has ${token.length} characters; ${TOKEN_LENGTH_MAX} are the most`;
  }
  if (/\s/.test(token)) return "has a space or a line break in it";
  if (hasControlCharacter(token)) return "has a control character in it";
  return /^[!-~]+$/.test(token) ? undefined : "has a character in it that isn't ASCII";
}
