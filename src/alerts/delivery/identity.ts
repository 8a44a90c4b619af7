// Identity of alerts: their label sets.

type LabelSet = Readonly<Record<string, string>>;

// The rules keep the label objects of an alert from one evaluation to the next.
const known = new WeakMap<LabelSet, string>();

/** Text that is equal for equal label sets only. An empty label counts as missing. */
export function identityOf(labels: LabelSet): string {
  let identity = known.get(labels);
  if (identity === undefined) {
    identity = "";
    // With lengths, so that no value can look like another label.
    const names = Object.keys(labels);
    for (const name of isSorted(names) ? names : names.toSorted()) {
      const value = labels[name] ?? "";
      if (value !== "") identity += `${name.length}:${name}${value.length}:${value}`;
    }
    known.set(labels, identity);
  }
  return identity;
}

// As those of the rules are.
function isSorted(names: readonly string[]): boolean {
  let before = "";
  for (const name of names) {
    if (name < before) return false;
    before = name;
  }
  return true;
}

/** Labels without empty ones, sorted by name. */
export function sortedPairs(labels: LabelSet): (readonly [name: string, value: string])[] {
  return Object.entries(labels)
    .filter(([, value]) => value !== "")
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const SEPARATOR = 0xff;

/**
 * Fingerprint of a label set in 16 hexadecimal digits, the same as Alertmanager's: FNV-1a of 64 bits. Two label sets may
 * have the same one, so it is shown, but not used as a key.
 */
export function fingerprintOf(labels: LabelSet): string {
  const hash = new Fnv64();
  for (const [name, value] of sortedPairs(labels)) {
    hash.add(Buffer.from(name));
    hash.addByte(SEPARATOR);
    hash.add(Buffer.from(value));
    hash.addByte(SEPARATOR);
  }
  return hash.hex();
}

/** FNV-1a of 64 bits, in two halves. The prime is 2^40 + 0x1b3. */
class Fnv64 {
  #low = 0x84222325;
  #high = 0xcbf29ce4;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) this.addByte(byte);
  }

  addByte(byte: number): void {
    const low = (this.#low ^ byte) >>> 0;
    // Below 2^41, so exact.
    const product = low * 0x1b3;
    this.#high = (Math.imul(this.#high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    this.#low = product >>> 0;
  }

  hex(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, "0")).join("");
  }
}
