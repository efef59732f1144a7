/** One call of `work` at a time, each for all that came before it began. */
export function inTurns<Asked, Answer>(
  work: (asked: readonly Asked[]) => Promise<Answer>,
): (asked: Asked) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting: { readonly asked: Asked[]; readonly answer: Promise<Answer> } | null = null;
  return (asked) => {
    if (waiting) {
      waiting.asked.push(asked);
      return waiting.answer;
    }
    const group = [asked];
    const begin = async () => {
      // Whoever asks in the same turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      waiting = null;
      return work(group);
    };
    const answer = last.then(begin, begin);
    last = answer;
    waiting = { asked: group, answer };
    return answer;
  };
}
