/** The one of `names` that `text` most likely means; undefined when none is near. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const wanted = text.trim().toLowerCase().slice(0, 60);
  const reach = Math.max(1, Math.floor((wanted.length * 2) / 5));
  const ranked = names
    .map((name) => ({ name, edits: editsBetween(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= reach)
    .sort((left, right) => left.edits - right.edits);
  return ranked[0]?.name;
}

/** A question that names the nearest of `names`, or the list of all. */
export function suggestion(text: string, names: readonly string[]): string {
  const nearest = nearestName(text, names);
  return nearest === undefined
    ? `Possible here: ${names.join(", ")}.`
    : `Did you mean ${nearest}? Possible here: ${names.join(", ")}.`;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
 */
export function editsBetween(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length] ?? 0;
}
