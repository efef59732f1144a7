import { unknownPath, wrongMethod } from "./errors.ts";

/** A method and a path pattern such as `/v3/accounts/{account}/orders`, with what answers it. */
export type Route<Handler> = {
  readonly method: string;
  readonly path: string;
  readonly handler: Handler;
};

export type Match<Handler> = {
  readonly handler: Handler;
  readonly parameters: ReadonlyMap<string, string>;
};

/** @throws Refusal 404 for an unknown path, 405 for a known one asked by another method. */
export type Router<Handler> = (method: string, segments: readonly string[]) => Match<Handler>;

type Compiled<Handler> = { readonly route: Route<Handler>; readonly pattern: readonly Segment[] };
type Segment = { readonly text: string; readonly parameter: string | null };

/** Of two routes that fit the same path, the one listed first answers. */
export function createRouter<Handler>(routes: readonly Route<Handler>[]): Router<Handler> {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  const byLength = Map.groupBy(compiled, ({ pattern }) => pattern.length);
  return (method, segments) => {
    const fitting = candidates(byLength.get(segments.length) ?? [], segments);
    const found = fitting.find(({ route }) => route.method === method);
    if (found) {
      return { handler: found.route.handler, parameters: read(found.pattern, segments) };
    }
    if (fitting.length === 0) throw unknownPath();
    throw wrongMethod([...new Set(fitting.map(({ route }) => route.method))]);
  };
}

/** The routes of the first fitting pattern: `idrange` is never taken for an `{id}`. */
function candidates<Handler>(
  compiled: readonly Compiled<Handler>[],
  segments: readonly string[],
): readonly Compiled<Handler>[] {
  const first = compiled.find(({ pattern }) => fits(pattern, segments));
  if (!first) return [];
  return compiled.filter(({ route }) => route.path === first.route.path);
}

function compile(path: string): readonly Segment[] {
  return path
    .split("/")
    .filter(Boolean)
    .map((text) => ({ text, parameter: text.startsWith("{") ? text.slice(1, -1) : null }));
}

function fits(pattern: readonly Segment[], segments: readonly string[]): boolean {
  return pattern.every(({ text, parameter }, at) => parameter !== null || text === segments[at]);
}

function read(
  pattern: readonly Segment[],
  segments: readonly string[],
): ReadonlyMap<string, string> {
  return new Map(
    pattern.flatMap(({ parameter }, at) =>
      parameter === null ? [] : [[parameter, segments[at] ?? ""] as const],
    ),
  );
}
