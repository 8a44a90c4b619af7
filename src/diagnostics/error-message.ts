import { redactText } from "./redact.ts";

/** The message of any thrown value, without secrets. Never throws. */
export function errorMessage(error: unknown): string {
  try {
    if (!(error instanceof Error)) return redactText(String(error));
    // If a host has several addresses, the error has a list of failures and a code, but no message.
    return redactText(error.message === "" ? (errorCode(error) ?? error.name) : error.message);
  } catch {
    return "an error that cannot be read";
  }
}

/** The code of an error of this library, `TACHYMETER_…`, whose message contains the remedy; `undefined` for anything else. */
export function ownErrorCode(error: unknown): string | undefined {
  const code = errorCode(error);
  return code?.startsWith("TACHYMETER_") === true ? code : undefined;
}

/** The code of a system error, such as `ENOENT`; `undefined` for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
