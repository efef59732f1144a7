/** All that isn't one, because `\p{Cc}` has every character there is looked up, at each start. */
const CONTROL = /[^ -~\u00a0-\u{10ffff}]/u;

/** Whether there is a control character in `text`, such as a line's end or an escape. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}
