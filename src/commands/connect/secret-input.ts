import { Failure } from "../../core/failures.ts";
import type { Secret } from "../../core/secret.ts";
import type { Context } from "../context.ts";

const INPUT_BYTES_MAX = 64 * 1024;

/**
 * The credential to store: from stdin, the environment, or a hidden prompt; never from the command line.
 * @throws Failure CREDENTIALS_MISSING when nobody can be asked, CREDENTIALS_INVALID when it can't be a token.
 */
export async function readSecret(context: Context, isFromInput: boolean): Promise<Secret> {
  const { TMT_BROKER_TOKEN: token } = context.environment;
  if (isFromInput) {
    return context.parseToken(await context.terminal.readInput(INPUT_BYTES_MAX), "--token-stdin");
  }
  if (token !== undefined) return context.parseToken(token, "TMT_BROKER_TOKEN");
  if (context.terminal.isInteractive) {
    return context.parseToken(await context.terminal.askSecret("Token (not shown): "), "The token");
  }
  throw new Failure(
    "CREDENTIALS_MISSING",
    "There is no token, and nobody can be asked for it here.",
    {
      hint: "Pipe it in with --token-stdin, or set TMT_BROKER_TOKEN.",
    },
  );
}
