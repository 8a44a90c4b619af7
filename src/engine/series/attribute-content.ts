/**
 * Arrays and objects as attribute values, compared by typed content without allocation. Elements are ordered,
 * keys are not. `undefined` is `null` in an array and left out of an object, as in JSON.
 *
 * The functions throw for invalid content: a function, a symbol, a bigint, a cycle, more than 32 levels, or
 * more than 4,194,304 parts. They also throw if a getter or a proxy does.
 */
import type { AttributeValue } from "@opentelemetry/api";
import { detachString } from "../../io/detach-string.ts";

// An array of a million elements is valid. The limits stop cycles, and arrays that repeat the same array again
// and again.
const MAX_PARTS = 1 << 22;
const MAX_DEPTH = 32;

const TRUE = 0x2f6e2b1;
const FALSE = 0x1b8735_93;
const NOTHING = 0x52dce729;
const ARRAY = 0x38495ab5;
const OBJECT = 0x7ed558cc;

const numberBits = new Float64Array(1);
const numberWords = new Int32Array(numberBits.buffer);

/** `null`: a value in OpenTelemetry, and in the API's types from 1.10 on. */
export const EMPTY_VALUE: AttributeValue = JSON.parse("null");

/** Returns a 32-bit hash. Equal content has equal hashes. */
export function contentHash(value: object): number {
  partsLeft = MAX_PARTS;
  return hashOfObject(value, 0);
}

export function isSameContent(a: unknown, b: unknown): boolean {
  partsLeft = MAX_PARTS;
  return isSame(a, b, 0);
}

/** Returns a deeply frozen copy. */
export function contentCopy(value: object): AttributeValue {
  partsLeft = MAX_PARTS;
  const copy = copyOf(value, 0);
  // Objects and arrays of mixed types are attribute values in OTLP, though not in the API's types.
  if (!isAttributeValue(copy)) throw new TypeError("no content");
  return copy;
}

export function setOwn(target: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    Reflect.set(target, key, value);
  }
}

// State of the running call. The functions below are synchronous; a getter that starts another call can only
// lower the limit.
let partsLeft = 0;

function enter(depth: number): number {
  if (depth >= MAX_DEPTH || --partsLeft < 0) throw new TypeError("too deep or too large");
  return depth + 1;
}

function hashOf(value: unknown, depth: number): number {
  switch (typeof value) {
    case "string":
      return hashOfText(value);
    case "number":
      return hashOfNumber(value);
    case "boolean":
      return value ? TRUE : FALSE;
    case "undefined":
      return NOTHING;
    case "object":
      return value === null ? NOTHING : hashOfObject(value, depth);
    default:
      throw new TypeError(`a ${typeof value}`);
  }
}

function hashOfObject(value: object, depth: number): number {
  const inside = enter(depth);
  if (Array.isArray(value)) {
    let hash = ARRAY;
    for (let i = 0; i < value.length; i++) {
      enter(depth);
      hash = mixed(hash ^ hashOf(value[i], inside));
    }
    return hash;
  }
  let hash = OBJECT;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    enter(depth);
    const part: unknown = Reflect.get(value, key);
    // A sum, since keys have no order.
    if (part !== undefined) hash = (hash + mixed(hashOfText(key) ^ mixed(hashOf(part, inside)))) | 0;
  }
  return mixed(hash);
}

function hashOfText(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

function hashOfNumber(value: number): number {
  // 0 and -0 are equal, and so are all NaNs.
  numberBits[0] = value === 0 ? 0 : value;
  return Number.isNaN(value) ? NOTHING ^ 1 : mixed(numberWords[0]! ^ mixed(numberWords[1]!));
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return twice ^ (twice >>> 16);
}

function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (!isObject(a)) return isObject(b) ? false : isSamePrimitive(a ?? null, b ?? null);
  if (!isObject(b)) return false;
  const inside = enter(depth);
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i], inside)) return false;
    return true;
  }
  return !Array.isArray(b) && holds(a, b, inside) && holds(b, a, inside);
}

// Whether `a` has every property of `b`, with the same content.
function holds(a: object, b: object, depth: number): boolean {
  for (const key in b) {
    if (!Object.hasOwn(b, key)) continue;
    const part: unknown = Reflect.get(b, key);
    if (part === undefined) continue;
    if (!Object.hasOwn(a, key)) return false;
    const other: unknown = Reflect.get(a, key);
    if (other === undefined || !isSame(other, part, depth)) return false;
  }
  return true;
}

function isSamePrimitive(a: unknown, b: unknown): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function copyOf(value: unknown, depth: number): unknown {
  if (typeof value === "string") return detachString(value);
  if (!isObject(value)) return value === 0 ? 0 : (value ?? null);
  const inside = enter(depth);
  // Bytes are attribute values from API 1.10 on. They cannot be frozen.
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return Object.freeze(Array.from(value, (part) => copyOf(part, inside)));
  const copy: object = {};
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const part: unknown = Reflect.get(value, key);
    if (part !== undefined) setOwn(copy, key, copyOf(part, inside));
  }
  return Object.freeze(copy);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isAttributeValue(copy: unknown): copy is AttributeValue {
  return isObject(copy);
}
