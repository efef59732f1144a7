/** A number outside of quotes (or so it seems) with more digits than a float keeps. */
const LONG_NUMBER = /[:[,\s]-?[\d.]{16,}/;

/** The value of JSON text; numbers with more digits than a float holds come as text. @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepLongNumber) : JSON.parse(text);
}

function keepLongNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = typeof value === "number" ? (context?.source ?? "") : "";
  return source.length > 15 ? source : value;
}
