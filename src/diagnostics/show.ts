import { inspect } from "node:util";
import { shownText } from "./foreign-text.ts";
import { redact, redactText } from "./redact.ts";

const MAX_LENGTH = 100;
const MAX_READ = 10_000;

/** Formats a value for a message: one short line, without secrets. `name` is the option that holds the value. */
export function show(value: unknown, name = ""): string {
  if (typeof value === "function") return "a function";
  try {
    const safe = redact(typeof value === "string" ? value.slice(0, MAX_READ) : value, name);
    if (typeof safe !== "string")
      return shownText(shortened(inspect(safe, { depth: 4, breakLength: Infinity, maxArrayLength: 20 })));
    // A string in place of another value was not the caller's, so it has no quotes.
    return shownText(typeof value === "string" ? JSON.stringify(shortened(safe)) : shortened(safe));
  } catch {
    return `a ${typeof value}`;
  }
}

/** Formats a URL for a message: without credentials, query and fragment. */
export function showUrl(url: URL | string): string {
  const text = String(url);
  const { protocol, host, pathname } = URL.canParse(text) ? new URL(text) : { host: "" };
  // A password may contain an @ and a slash, so the apparent path may be a part of it.
  const isClear = host !== "" && text.lastIndexOf("@") <= text.indexOf(host);
  return isClear ? `${protocol}//${host}${pathname}` : (redactText(text).split(/[?#]/, 1)[0] ?? "");
}

function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
