// What of a payload is kept out of the log.
import { foreignAsText } from "../../events/json-text.ts";

/** Keys whose values are left out besides those that sound like secrets, or what gives the payload's stand-in. */
export type Redaction = readonly string[] | ((payload: unknown) => unknown);

const SECRETS =
  /^(?:auth|jwt|pass)$|pass(?:word|wd|phrase|code)|pwd|secret|token|authorization|bearer|cookie|credential|(?:access|api|private)[-_.]?key|session[-_.]?id/i;
// Of a URL, as connections are often given: what stands between the user and the host.
const PASSWORD_OF_URL = /(?<=\/\/[^\s/:@]*:)(?!\d{1,5}\/)[^\s"'`<>]+(?=@)/g;
const REDACTED = "[redacted]";
const FAILED = "[redaction failed]";
const UNREADABLE = "[unreadable]";
const MAX_TEXT_LENGTH = 16_384;

/**
 * Payloads as JSON for a log: without secrets, at most 16,384 characters. Never throws, whatever it is given.
 *
 * @param redaction `undefined`: keys that sound like secrets; `false`: nothing is left out.
 */
export function payloadText(payload: unknown, redaction: Redaction | false | undefined): string {
  if (typeof redaction === "function") return jsonText(replaced(payload, redaction), foreignAsText);
  if (redaction === false) return jsonText(payload, foreignAsText);
  const others = new Set(redaction?.map((key) => key.toLowerCase()));
  return jsonText(payload, (key, value) => {
    if (key !== "" && (others.has(key.toLowerCase()) || SECRETS.test(key))) return REDACTED;
    return typeof value === "string"
      ? value.replaceAll(PASSWORD_OF_URL, REDACTED)
      : foreignAsText(key, value);
  });
}

function replaced(payload: unknown, redact: (payload: unknown) => unknown): unknown {
  try {
    return redact(payload);
  } catch {
    return FAILED;
  }
}

type Write = (key: string, value: unknown) => unknown;

function jsonText(payload: unknown, write: Write): string {
  const text = textFrom(payload, write);
  // What is cut off is no JSON any more, but a text is.
  return text.length <= MAX_TEXT_LENGTH ? text : JSON.stringify(`${text.slice(0, MAX_TEXT_LENGTH)}…`);
}

function textFrom(payload: unknown, write: Write): string {
  try {
    return JSON.stringify(payload, write) ?? "null";
  } catch {
    // A circle, or something that throws when it is read.
    return JSON.stringify(UNREADABLE);
  }
}
