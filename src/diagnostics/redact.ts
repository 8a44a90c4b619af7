// Removes secrets from values that are shown in errors and logs.
import { types } from "node:util";
import { distanceBetween, isExchanged } from "./nearest-names.ts";

/** Shown instead of the value of a secret. */
export const HIDDEN = "(hidden)";

// Parts of names whose values are secrets.
const SECRET_WORDS = [
  "authorization",
  "authentication",
  "basicauth",
  "bearer",
  "token",
  "password",
  "passphrase",
  "passcode",
  "passwd",
  "secret",
  "credential",
  "credentials",
  "cookie",
  "apikey",
  "privatekey",
  "accesskey",
  "sessionid",
];
const SHORT_SECRET_WORDS = ["auth", "jwt", "pass", "pwd", "key", "tls", "sig", "signature"];
// Words that resemble one of those, but are harmless.
const HARMLESS_WORDS = new Set(
  "reader leader head passed taken routingkey pid past size keep kept routingkeys attributekeys".split(" "),
);
const SECRET_KEY =
  /^(?:auth|jwt|pass)$|pass(?:word|wd|phrase|code)|pwd|secret|token|authorization|bearer|cookie|credential|(?:access|api|private)[-_.]?key|session[-_.]?id/i;
// Bounds for objects of any size and shape.
const MAX_DEPTH = 12;
const MAX_ENCODINGS = 4;
const MAX_VALUES = 10_000;
const WORDS = /[^\s"'`<>]+/g;
const URL_START = /[a-z][a-z\d+.-]{0,30}:[\\/]+|[\\/]{2,}|\bhttps?:/i;
const PARAMETER = /(?<=(?:^|[?&;#])([^?&;#=]+)=)[^&;#]+/g;
const WINDOWS_PATH = /^\W*[a-z]:\\[^:]*$/i;
const SCHEME = /\b((?:[Bb]earer|BEARER|Basic|Digest|Token)\s+)[^\s"'`,;<>]{4,}/g;

/** Whether an option, header or field with this name holds a secret, misspelt names included. Names of files do not. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (words.at(-1) === "file") return false;
  const whole = words.join("");
  if (HARMLESS_WORDS.has(whole)) return false;
  return (
    namesSecret(words) ||
    words.some((word) => SHORT_SECRET_WORDS.some((secret) => isMisspeltShort(word, secret))) ||
    [whole, ...words].some(
      (word) => isHeader(word) || SECRET_WORDS.some((secret) => isMisspelt(word, secret)),
    )
  );
}

/** Whether the value of an HTTP header may be a secret. Misspelt names do not count: the header must be usable. */
export function isSecretHeader(name: string): boolean {
  return namesSecret(wordsOf(name));
}

function namesSecret(words: readonly string[]): boolean {
  const whole = words.join("");
  return (
    SECRET_WORDS.some((secret) => whole.includes(secret)) ||
    words.some((word) => SHORT_SECRET_WORDS.includes(word))
  );
}

/** Whether a key in application data names a secret: as {@link isSecretName}, or by a secret's name anywhere in it. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) || isSecretName(key);
}

/** Whether an option with this name holds headers, whose values often are keys. */
export function isHeadersName(name: string): boolean {
  return isHeader(wordsOf(name).at(-1) ?? "");
}

/**
 * Removes credentials in URLs, secret values of URL parameters, and tokens after `Bearer` and similar schemes. White
 * space, a quote or an angle bracket ends a URL.
 */
export function redactText(text: string): string {
  return text.replaceAll(SCHEME, `$1${HIDDEN}`).replaceAll(WORDS, (word) => redactWord(word));
}

/**
 * Copies a value for an error or a log, without secrets (detected by name), credentials in URLs and values of headers.
 * Objects are copied as plain objects. Never throws: for an unreadable value, its type is returned.
 *
 * @param isSecret whether a name is the name of a secret.
 */
export function redact(
  value: unknown,
  name = "",
  isSecret: (name: string) => boolean = isSecretName,
): unknown {
  try {
    return new Redaction(isSecret).value(value, name);
  } catch {
    return typeof value === "object" ? "an object" : `a ${typeof value}`;
  }
}

class Redaction {
  readonly #isSecret: (name: string) => boolean;
  // The objects that contain the current one.
  readonly #parents: unknown[] = [];
  #valuesLeft = MAX_VALUES;

  constructor(isSecret: (name: string) => boolean) {
    this.#isSecret = isSecret;
  }

  value(value: unknown, name: string): unknown {
    if (value === undefined || value === null) return value;
    if (isHeadersName(name)) return typesOf(value);
    if (this.#isSecret(name)) return typeof value === "boolean" || value === "" ? value : HIDDEN;
    // The whole value may be one URL, whose password contains white space or a quote.
    if (typeof value === "string") return withoutCredentials(redactText(value));
    if (typeof value === "function") return types.isProxy(value) ? "a function" : value;
    if (typeof value !== "object") return value;
    if (types.isDate(value)) return new Date(Number(value));
    if (value instanceof Error) return redactText(String(value));
    if (value instanceof URL) return this.value(value.href, name);
    if (ArrayBuffer.isView(value)) return "bytes";
    if (this.#parents.length >= MAX_DEPTH || this.#parents.includes(value) || this.#valuesLeft <= 0)
      return Array.isArray(value) ? "an array" : "an object";
    this.#parents.push(value);
    const copy = this.#copy(value, name);
    this.#parents.pop();
    return copy;
  }

  #copy(value: object, name: string): unknown {
    if (Array.isArray(value) || value instanceof Set) {
      const copy: unknown[] = [];
      for (const each of value) {
        copy.push(this.#next(each, name));
        if (this.#valuesLeft < 0) break;
      }
      return copy;
    }
    const copy: [string, unknown][] = [];
    for (const [key, entry] of value instanceof Map ? value : entriesOf(value)) {
      copy.push([String(key), this.#next(entry, String(key))]);
      if (this.#valuesLeft < 0) break;
    }
    return Object.fromEntries(copy);
  }

  // The first value beyond the limit becomes "…", which stands for all further ones.
  #next(value: unknown, name: string): unknown {
    return this.#valuesLeft-- > 0 ? this.value(value, name) : "…";
  }
}

function* entriesOf(value: object): Generator<readonly [string, unknown]> {
  for (const key of Object.keys(value)) yield [key, Reflect.get(value, key)];
}

// Splits a name in camel case or with separators into words, in the singular.
function wordsOf(name: string): string[] {
  return name
    .replace(/^.*[.\]]/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .map(singular);
}

function singular(word: string): string {
  let end = word.length;
  while (end > 4 && word[end - 1] === "s") end--;
  return word.slice(0, end);
}

function redactWord(word: string, depth = 0): string {
  // No program encodes a URL that often.
  if (depth > MAX_ENCODINGS) return HIDDEN;
  const safe = word.replaceAll(PARAMETER, (value, name: string) => {
    const names = decoded(name).split(/[.[\]]+/);
    const inner = decoded(value);
    const holdsSecret = inner !== value && redactWord(inner, depth + 1) !== inner;
    return holdsSecret || names.some(isSecretName) ? HIDDEN : value;
  });
  // An @ may be part of a secret parameter, and a parameter part of a password, so such a URL is hidden entirely.
  return safe !== word && word.includes("@") ? HIDDEN : withoutCredentials(safe);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// From the beginning of the URL to the last @, since a password may hold @, / and ?.
function withoutCredentials(url: string): string {
  const end = url.lastIndexOf("@");
  const before = url.slice(0, Math.max(end, 0));
  const start = URL_START.exec(before);
  if (start === null || before.slice(0, start.index).includes(":"))
    return before.includes(":") ? `…${url.slice(end)}` : url;
  if (WINDOWS_PATH.test(before) || /^file:/i.test(start[0])) return url;
  return `${before.slice(0, start.index)}${start[0]}…${url.slice(end)}`;
}

function isHeader(word: string): boolean {
  return isMisspelt(word, "header");
}

// One letter inserted or replaced (two in a long word), one or two missing, or two swapped.
function isMisspelt(word: string, right: string): boolean {
  if (HARMLESS_WORDS.has(word) || Math.abs(word.length - right.length) > 2) return false;
  return (
    distanceBetween(word, right) <= (right.length >= 7 ? 2 : 1) ||
    isExchanged(word, right) ||
    (word.length >= 4 && isShortened(word, right))
  );
}

// Two letters swapped, or one replaced, inserted or missing after the first.
function isMisspeltShort(word: string, right: string): boolean {
  if (HARMLESS_WORDS.has(word) || word.length < 3) return false;
  return isExchanged(word, right) || (word[0] === right[0] && distanceBetween(word, right) === 1);
}

// All letters of `word` occur in `right`, in the same order.
function isShortened(word: string, right: string): boolean {
  let at = -1;
  return word.split("").every((letter) => (at = right.indexOf(letter, at + 1)) >= 0);
}

function typesOf(headers: unknown): unknown {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return `a ${typeof headers}`;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]: [string, unknown]) => [name, `a ${typeof value}`]),
  );
}
