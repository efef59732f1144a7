/** A question about one second, or about all of them from `first` to `last`. */
export type Question<T> = (first: number, last?: number) => T;

/** Answers `ask`'s question once for as long as it's the same: a step asks it for each trade of an instrument. */
export function rememberLast<T>(ask: (first: number, last: number) => T): Question<T> {
  let known: { readonly first: number; readonly last: number; readonly answer: T } | null = null;
  return (first, last = first) => {
    if (known?.first === first && known.last === last) return known.answer;
    const answer = ask(first, last);
    known = { first, last, answer };
    return answer;
  };
}

/** What `find` finds by name, looked for once; what it doesn't find is looked for again. */
export function rememberEach<T>(find: (name: string) => T): (name: string) => T {
  const found = new Map<string, T>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const value = find(name);
    if (value !== undefined) found.set(name, value);
    return value;
  };
}

/**
 * Answers about stretches of at least `worth` seconds, each looked for once; beyond `limit` of them all are forgotten.
 */
export function rememberLong<T>(
  ask: (first: number, last: number) => T,
  { worth, limit }: { readonly worth: number; readonly limit: number },
): (first: number, last: number) => T {
  const known = new Map<string, T>();
  return (first, last) => {
    if (last - first + 1 < worth) return ask(first, last);
    const key = `${first} ${last}`;
    const answer = known.get(key) ?? ask(first, last);
    if (known.size >= limit) known.clear();
    known.set(key, answer);
    return answer;
  };
}
