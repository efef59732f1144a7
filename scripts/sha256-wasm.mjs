// SHA-256 (FIPS 180-4) as a WebAssembly module, put together here instruction by instruction.
// Usage: node scripts/sha256-wasm.mjs >src/hashing/sha256-module.ts. A test keeps the file equal to what this makes.

/** Where things lie in the module's one page of memory, in bytes; what is to be hashed follows. */
const LAYOUT = { state: 0, constants: 32, schedule: 288, input: 544 };
const PAGE = 65_536;
const BLOCK = 64;
const ROUND_BYTES = 256;

const I32 = 0x7f;
const [GET, SET, TEE] = [0x20, 0x21, 0x22];
const binary = (opcode) => (left, right) => [...left, ...right, opcode];
const add = binary(0x6a);
const and = binary(0x71);
const or = binary(0x72);
const xor = binary(0x73);
const shiftRight = binary(0x76);
const isBelow = binary(0x49);
const rotateLeft = binary(0x77);
const rotateRight = binary(0x78);
const constant = (value) => [0x41, ...signed(value | 0)];
const load = (address, offset = 0) => [...address, 0x28, 2, ...unsigned(offset)];
const store = (address, value, offset = 0) => [...address, ...value, 0x36, 2, ...unsigned(offset)];
const sum = (...terms) => terms.reduce(add);

/** The function's parameters and variables, by their index. */
const NAMES = ["from", "to", ..."abcdefgh", "t", "x", "y"];
const index = (name) => NAMES.indexOf(name);
const get = (name) => [GET, index(name)];
const set = (name, value) => [...value, SET, index(name)];
const tee = (name, value) => [...value, TEE, index(name)];
/** Runs `body`, and again as long as `name`, `step` further, is below `end`. */
const loop = (name, { step, end, body }) => [
  ...[0x03, 0x40, ...body],
  ...isBelow(tee(name, add(get(name), constant(step))), end),
  ...[0x0d, 0, 0x0b],
];
const mixed = (value, [first, second, third]) =>
  xor(xor(rotateRight(value, constant(first)), rotateRight(value, constant(second))), third);
const turned = (value, [first, second, third]) =>
  mixed(value, [first, second, rotateRight(value, constant(third))]);
const shifted = (value, [first, second, third]) =>
  mixed(value, [first, second, shiftRight(value, constant(third))]);

/** A word that lies in memory with its highest byte first. */
const bigEndian = (word) =>
  or(
    and(rotateLeft(tee("x", word), constant(8)), constant(0x00ff00ff)),
    and(rotateLeft(get("x"), constant(24)), constant(0xff00ff00)),
  );

function block() {
  const { state, constants, schedule } = LAYOUT;
  const t = get("t");
  const letters = [..."abcdefgh"];
  return [
    ...set("t", constant(0)),
    ...loop("t", {
      step: 4,
      end: constant(BLOCK),
      body: store(t, bigEndian(load(add(get("from"), t))), schedule),
    }),
    ...loop("t", {
      step: 4,
      end: constant(ROUND_BYTES),
      body: [
        ...set("x", load(t, schedule - 60)),
        ...set("y", load(t, schedule - 8)),
        ...store(
          t,
          sum(
            load(t, schedule - 64),
            shifted(get("x"), [7, 18, 3]),
            load(t, schedule - 28),
            shifted(get("y"), [17, 19, 10]),
          ),
          schedule,
        ),
      ],
    }),
    ...letters.flatMap((name, place) => set(name, load(constant(0), state + 4 * place))),
    ...set("t", constant(0)),
    ...loop("t", { step: 4, end: constant(ROUND_BYTES), body: round(t, { constants, schedule }) }),
    ...letters.flatMap((name, place) => {
      const at = state + 4 * place;
      return store(constant(0), add(load(constant(0), at), get(name)), at);
    }),
  ];
}

function round(t, { constants, schedule }) {
  const [a, b, c, e, f, g] = [..."abcefg"].map(get);
  const chosen = xor(g, and(e, xor(f, g)));
  const majority = or(and(a, b), and(c, or(a, b)));
  return [
    ...set(
      "x",
      sum(get("h"), turned(e, [6, 11, 25]), chosen, load(t, constants), load(t, schedule)),
    ),
    ...set("y", add(turned(a, [2, 13, 22]), majority)),
    ...[..."hgf"].flatMap((name) => set(name, get(before(name)))),
    ...set("e", add(get("d"), get("x"))),
    ...[..."dcb"].flatMap((name) => set(name, get(before(name)))),
    ...set("a", add(get("x"), get("y"))),
  ];
}

function before(name) {
  return String.fromCharCode(name.charCodeAt(0) - 1);
}

/** `blocks(from, to)` takes the blocks that lie there, at least one, into the state. */
function sha256Module() {
  const locals = [1, ...unsigned(NAMES.length - 2), I32];
  const body = loop("from", { step: BLOCK, end: get("to"), body: block() });
  const code = vector([...locals, ...body, 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named("memory", 2), ...named("blocks", 0)]),
    ...section(10, [1, ...code]),
    ...section(11, [1, 0, ...constant(LAYOUT.constants), 0x0b, ...vector(roundConstants())]),
  ]);
}

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function roundConstants() {
  return primes(64).flatMap((prime) => littleEndian(rootBits(BigInt(prime), 3n)));
}

/** The same of the square roots of the first eight. */
function initialState() {
  return primes(8).map((prime) => rootBits(BigInt(prime), 2n));
}

function rootBits(value, degree) {
  const wanted = value << (32n * degree);
  let root = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** degree <= wanted) root += bit;
  }
  return Number(root & 0xffffffffn);
}

function primes(count) {
  const found = [];
  for (let each = 2; found.length < count; each += 1) {
    if (found.every((prime) => each % prime !== 0)) found.push(each);
  }
  return found;
}

function littleEndian(word) {
  return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
}

function section(id, content) {
  return [id, ...vector(content)];
}

function vector(content) {
  return [...unsigned(content.length), ...content];
}

function named(name, kind) {
  return [...vector([...name].map((letter) => letter.charCodeAt(0))), kind, 0];
}

function unsigned(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value) {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

/** The text of src/hashing/sha256-module.ts. */
function moduleText() {
  const text = Buffer.from(sha256Module()).toString("base64");
  const lines = text.match(/.{1,88}/g).map((line) => `  "${line}"`);
  const state = initialState().map((word) => `0x${word.toString(16).padStart(8, "0")}`);
  return `// Made by scripts/sha256-wasm.mjs.

/** A WebAssembly module, in base64. */
export const MODULE =
${lines.join(" +\n")};

/** Where the hashed content begins in its memory, and where its state, eight words, lies. */
export const INPUT = ${LAYOUT.input};
export const CAPACITY = ${Math.floor((PAGE - LAYOUT.input) / BLOCK) * BLOCK};
export const STATE = ${LAYOUT.state};

export const INITIAL_STATE = [
  ${state.join(", ")},
] as const;
`;
}

process.stdout.write(moduleText());
