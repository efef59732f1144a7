const DIGITS = /^\d{1,30}$/;

/**
 * How many transactions lie from `earlier` to `later` where a broker counts them up one by one: 1 when the one follows the
 * other, 0 or less when it doesn't. null where ids aren't numbers: they tell no gap.
 */
export function idsBetween(earlier: string, later: string): bigint | null {
  if (!(DIGITS.test(earlier) && DIGITS.test(later))) return null;
  return BigInt(later) - BigInt(earlier);
}

/** Whether `id` comes after `known`. Where ids aren't numbers, another one does. */
export function isLaterId(id: string, known: string): boolean {
  const between = idsBetween(known, id);
  return between === null ? id !== known : between > 0n;
}
