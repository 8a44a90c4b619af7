// What errors and logs show of values that may hold secrets.
import { types } from "node:util";
import { distanceBetween } from "./nearest-names.ts";

/** Stands for the value of a secret wherever it would be shown. */
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
// Names that resemble one of a secret, but are harmless.
const HARMLESS_WORDS = new Set(
  "reader leader head passed taken routingkey pid past size keep kept routingkeys".split(" "),
);
const SECRET_KEY =
  /^(?:auth|jwt|pass)$|pass(?:word|wd|phrase|code)|pwd|secret|token|authorization|bearer|cookie|credential|(?:access|api|private)[-_.]?key|session[-_.]?id/i;
// Bounds for objects of any size and shape.
const MAX_DEPTH = 12;
const MAX_VALUES = 10_000;
const WORDS = /[^\s"'`<>]+/g;
const URL_START = /[a-z][a-z\d+.-]{0,30}:[\\/]+|[\\/]{2,}|\bhttps?:/i;
const PARAMETER = /(?<=(?:^|[?&;#])([^?&;#=]+)=)[^&;#]+/g;
const WINDOWS_PATH = /^\W*[a-z]:\\[^:]*$/i;
const SCHEME = /\b((?:[Bb]earer|BEARER|Basic|Digest|Token)\s+)[^\s"'`,;<>]{4,}/g;
const MIN_SECRET_LENGTH = 4;

/** Whether an option, header or field of this name holds a secret, misspelt names included. A file's name is none. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (words.at(-1) === "file") return false;
  const whole = words.join("");
  if (HARMLESS_WORDS.has(whole)) return false;
  return (
    SECRET_WORDS.some((secret) => whole.includes(secret)) ||
    words.some((word) =>
      SHORT_SECRET_WORDS.some((secret) => word === secret || isMisspeltShort(word, secret)),
    ) ||
    [whole, ...words].some(
      (word) => isHeader(word) || SECRET_WORDS.some((secret) => isMisspelt(word, secret)),
    )
  );
}

/** Whether a key in data of an application names a secret: {@link isSecretName}, or a secret's name anywhere in it. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) || isSecretName(key);
}

/** Whether the value of this name is a collection of headers, whose values are the usual place of a key. */
export function isHeadersName(name: string): boolean {
  return isHeader(wordsOf(name).at(-1) ?? "");
}

/**
 * A text without the credentials of URLs in it, however they are written, without the values of URLs' parameters that are
 * secrets, and without what follows `Bearer` and the like. White space, a quote or an angle bracket ends a URL.
 */
export function redactText(text: string): string {
  return text.replaceAll(SCHEME, `$1${HIDDEN}`).replaceAll(WORDS, redactWord);
}

/**
 * A value as an error or a log may hold it: without secrets (known by their names), credentials of URLs and headers'
 * values. Objects are copied as plain ones. Never throws: of what cannot be read the type is returned.
 *
 * @param isSecret whether a name is that of a secret.
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
  // The objects around the present one.
  readonly #parents: unknown[] = [];
  #valuesLeft = MAX_VALUES;

  constructor(isSecret: (name: string) => boolean) {
    this.#isSecret = isSecret;
  }

  value(value: unknown, name: string): unknown {
    if (value === undefined || value === null) return value;
    if (isHeadersName(name)) return typesOf(value);
    if (this.#isSecret(name)) return typeof value === "boolean" || value === "" ? value : HIDDEN;
    // A whole value is one URL at most: a password in it may have white space or a quote.
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

  // The one beyond the bound stands for all further ones.
  #next(value: unknown, name: string): unknown {
    return this.#valuesLeft-- > 0 ? this.value(value, name) : "…";
  }
}

/** A text in which none of these values stands, nor what follows a scheme such as `Bearer` in them. */
export function withoutValues(text: string, values: Iterable<string>): string {
  let safe = text;
  for (const value of values) {
    for (const secret of [value, value.replace(/^\S+\s+/, "")]) {
      if (secret.length >= MIN_SECRET_LENGTH) safe = safe.replaceAll(secret, HIDDEN);
    }
  }
  return safe;
}

function* entriesOf(value: object): Generator<readonly [string, unknown]> {
  for (const key of Object.keys(value)) yield [key, Reflect.get(value, key)];
}

// The words of a name in camel case or with separators, in the singular.
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

function redactWord(word: string): string {
  const safe = word.replaceAll(PARAMETER, (value, name: string) => {
    const names = decoded(name).split(/[.[\]]+/);
    const inner = decoded(value);
    const holdsSecret = inner !== value && redactWord(inner) !== inner;
    return holdsSecret || names.some(isSecretName) ? HIDDEN : value;
  });
  // An @ may stand in the secret of a parameter, and a parameter in a password: nothing of such a URL is shown.
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

// A letter too many or another one (two in a long word), one or two too few, or two exchanged.
function isMisspelt(word: string, right: string): boolean {
  if (HARMLESS_WORDS.has(word) || Math.abs(word.length - right.length) > 2) return false;
  return (
    distanceBetween(word, right) <= (right.length >= 7 ? 2 : 1) ||
    isExchanged(word, right) ||
    (word.length >= 4 && isShortened(word, right))
  );
}

// Two letters exchanged, or one other, too many or missing; the first one is right.
function isMisspeltShort(word: string, right: string): boolean {
  if (HARMLESS_WORDS.has(word) || word.length < 3) return false;
  return isExchanged(word, right) || (word[0] === right[0] && distanceBetween(word, right) === 1);
}

// The same but for two neighbouring letters.
function isExchanged(word: string, right: string): boolean {
  if (word === right || word.length !== right.length) return false;
  const at = word.split("").findIndex((letter, i) => letter !== right[i]);
  return `${word.slice(0, at)}${word[at + 1] ?? ""}${word[at] ?? ""}${word.slice(at + 2)}` === right;
}

// All its letters are there, in their order.
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
