// The outcome of a request as its log shows it.
import { isSecretName } from "../../diagnostics/redact.ts";
import { withoutValues } from "../../diagnostics/without-values.ts";
import { basicAuthorization, unescaped } from "./basic-authorization.ts";
import type { HttpAnswer } from "./exchange.ts";
import { secretsOfProxy } from "./proxy.ts";

const MAX_MESSAGE_LENGTH = 200;
const MAX_READ_BYTES = 16_384;
const OWN_HEADERS: ReadonlySet<string> = new Set(["Content-Type", "User-Agent"]);

/** Whether a response reports success. */
export function isSuccess({ status }: Pick<HttpAnswer, "status">): boolean {
  return status >= 200 && status < 300;
}

/** The text of a response, for logs; empty if it is of another type. `secrets` are removed from it. */
export function textOfAnswer({ body, contentType }: HttpAnswer, secrets: readonly string[]): string {
  if (!/^text\/plain|json/i.test(contentType)) return "";
  return oneLine(new TextDecoder().decode(body.subarray(0, MAX_READ_BYTES)), secrets);
}

/** The values of a request that must not be logged: a backend may return them in its message. */
export function secretsOf(headers: Readonly<Record<string, string>>, url: URL): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (OWN_HEADERS.has(name) ? [] : [value]));
  const pairs = values.flatMap((value) => {
    const [, base64] = /^basic\s+(\S+)$/i.exec(value) ?? [];
    return base64 === undefined ? [] : [Buffer.from(base64, "base64").toString()];
  });
  const { username, password, searchParams } = url;
  return [
    ...values,
    // A server may repeat user and password of a header, and those of the URL decoded.
    ...pairs.flatMap((pair) => [pair, pair.slice(pair.indexOf(":") + 1)]),
    ...secretsOfProxy(url),
    basicAuthorization(url) ?? "",
    password,
    username,
    unescaped(password),
    unescaped(username),
    ...[...searchParams].flatMap(([name, value]) => (isSecretName(name) ? [value] : [])),
  ].filter((text) => text !== "");
}

/** A backend's message for logs: shortened, and without `secrets` and control characters. */
export function oneLine(text: string, secrets: readonly string[]): string {
  return withoutValues(text.slice(0, MAX_READ_BYTES), secrets)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH);
}
