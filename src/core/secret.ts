const MASK = "***";

/** A credential that prints as `***` everywhere; only the code that sends it calls `reveal()`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** `text` with every occurrence of the secrets replaced by `***`. */
export function redact(text: string, secrets: readonly Secret[]): string {
  return (
    secrets
      .map((secret) => secret.reveal())
      .filter((value) => value.length > 0)
      // Longest first: a secret that begins with another one must not leave its rest behind.
      .toSorted((left, right) => right.length - left.length)
      .reduce((clean, value) => clean.replaceAll(value, MASK), text)
  );
}
