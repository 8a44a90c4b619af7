// What errors and logs show of values that may hold secrets.
import { distanceBetween } from "../nearest-names.ts";

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
const SHORT_SECRET_WORDS = ["auth", "jwt", "pass", "pwd", "key", "tls", "header"];
const MAX_DEPTH = 4;
// From two slashes to the last @ before white space, a quote or an angle bracket: passwords may hold @, / and ?.
const CREDENTIALS = /\/\/[^\s"'`<>]*@/g;
const MIN_SECRET_LENGTH = 4;

/** Whether an option, header or field of this name holds a secret, misspelt names included. A file's name is none. */
export function isSecretName(name: string): boolean {
  const last = name.replace(/^.*[.\]]/, "");
  const words = last
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
  if (words.at(-1) === "file" || words.at(-1) === "files") return false;
  const whole = words.join("");
  return (
    SECRET_WORDS.some((secret) => whole.includes(secret) || words.some((word) => isMisspelt(word, secret))) ||
    SECRET_WORDS.some((secret) => isMisspelt(whole, secret)) ||
    words.some((word) => SHORT_SECRET_WORDS.includes(word))
  );
}

/** Whether the value of this name is a collection of headers, whose values are the usual place of a key. */
export function isHeadersName(name: string): boolean {
  return isMisspelt(name.replace(/^.*[.\]]/, "").toLowerCase(), "headers");
}

/** A text without the credentials of URLs in it, however they are written. */
export function redactText(text: string): string {
  return text.replaceAll(CREDENTIALS, "//…@");
}

/** A value as an error may hold it: secrets by their names, credentials of URLs, and headers' values are left out. */
export function redactValue(name: string, value: unknown, depth = 0): unknown {
  if (value === undefined || value === null) return value;
  if (isHeadersName(name)) return typesOf(value);
  if (isSecretName(name)) return typeof value === "boolean" ? value : HIDDEN;
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object") return value;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "an array" : "an object";
  if (Array.isArray(value)) return value.map((each: unknown) => redactValue(name, each, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]: [string, unknown]) => [key, redactValue(key, entry, depth + 1)]),
  );
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

// A letter too many, one too few, another one, or two exchanged.
function isMisspelt(word: string, right: string): boolean {
  if (Math.abs(word.length - right.length) > 2) return false;
  return distanceBetween(word, right) <= (right.length > 6 ? 2 : 1);
}

function typesOf(headers: unknown): unknown {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return `a ${typeof headers}`;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]: [string, unknown]) => [name, `a ${typeof value}`]),
  );
}
