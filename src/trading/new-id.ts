const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * A ULID: 48 bits of `ms` and 80 of `random` (at least 16 bytes, five bits of each are used), 26 characters that sort
 * by time.
 */
export function newUlid(ms: number, random: Uint8Array): string {
  let time = "";
  for (let rest = ms, index = 0; index < TIME_LENGTH; index += 1) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const tail = [...random.subarray(0, RANDOM_LENGTH)].map((byte) => ALPHABET.charAt(byte % 32));
  return time + tail.join("");
}
