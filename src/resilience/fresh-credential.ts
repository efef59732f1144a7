import type { Secret } from "../core/secret.ts";
import type { HttpRequest, Policy } from "./http.ts";

const UNAUTHORIZED = 401;

/**
 * Goes on with a credential that was rotated while this process runs: after a 401 the stored one is read anew, once,
 * and the request sent again where it is another. What leaves through a gate leaves once: the next one has the new
 * credential.
 */
export function freshCredential(given: Secret, readAnew: () => Promise<Secret>): Policy {
  let current = given;
  return async (request, send) => {
    const used = current;
    const response = await send(withCredential(request, given, used));
    if (response.status !== UNAUTHORIZED) return response;
    if (current === used) current = (await read(readAnew)) ?? used;
    if (current.reveal() === used.reveal() || request.beforeLeaving) return response;
    return send(withCredential(request, given, current));
  };
}

/** A store that fails now leaves the broker's answer standing. */
async function read(readAnew: () => Promise<Secret>): Promise<Secret | null> {
  try {
    return await readAnew();
  } catch {
    // What matters to the user is that the broker refused: the adapter says so.
    return null;
  }
}

function withCredential(request: HttpRequest, given: Secret, current: Secret): HttpRequest {
  if (given === current || !request.secretHeaders) return request;
  const secretHeaders = request.secretHeaders.map((header) =>
    header.secret === given ? { ...header, secret: current } : header,
  );
  return { ...request, secretHeaders };
}
