import type { BrokerName } from "../core/connection.ts";
import { Failure } from "../core/failures.ts";
import type { Secret } from "../core/secret.ts";
import { pairToken, parseToken } from "./token.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const TOKEN = "TMT_BROKER_TOKEN";
const KEY_ID = "TMT_BROKER_KEY_ID";
const KEY_SECRET = "TMT_BROKER_SECRET";

/**
 * The credential that the environment gives for this run; null when it gives none. A broker with
 * pairs takes TMT_BROKER_KEY_ID and TMT_BROKER_SECRET, or both joined by a colon in
 * TMT_BROKER_TOKEN.
 * @throws Failure CREDENTIALS_INVALID, or CREDENTIALS_MISSING when half a pair is set.
 */
export function environmentCredential(variables: Variables, broker: BrokerName): Secret | null {
  const pair = broker === "alpaca" ? environmentPair(variables) : null;
  return pair ?? variable(variables, TOKEN);
}

function environmentPair(variables: Variables): Secret | null {
  const keyId = variable(variables, KEY_ID);
  const secret = variable(variables, KEY_SECRET);
  if (keyId === null && secret === null) return null;
  if (keyId !== null && secret !== null) return pairToken(keyId, secret);
  const [there, missing] = keyId === null ? [KEY_SECRET, KEY_ID] : [KEY_ID, KEY_SECRET];
  throw new Failure(
    "CREDENTIALS_MISSING",
    `${there} is set without ${missing}. Nothing was sent.`,
    {
      hint: `Set ${missing} too, or remove ${there}.`,
    },
  );
}

/** A variable that is set but empty is refused: the store's credential may be another account's. */
function variable(variables: Variables, name: string): Secret | null {
  const text = variables[name];
  return text === undefined ? null : parseToken(text, name);
}
