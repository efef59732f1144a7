/** Makes its value when it is first asked for, and keeps it. */
export type Lazy<T> = (() => Promise<T>) & { readonly isMade: () => boolean };

export function once<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | null = null;
  const lazy = () => {
    made ??= make();
    return made;
  };
  return Object.assign(lazy, { isMade: () => made !== null });
}
