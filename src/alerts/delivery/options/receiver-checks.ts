// Checks of the fields of receivers.
import { type Check, check, headers, text } from "../../../options/check.ts";
import { type BodyTemplate, compiledBody } from "../receivers/body-template.ts";
import { keyOfSecret } from "../receivers/webhook.ts";

const ALERTMANAGER_PATH = "/api/v2/alerts";

/** The URL of an Alertmanager's API; it may be given with its path. */
export function alertsUrl(server: string): string {
  const address = new URL(server);
  const path = address.pathname.replace(/\/+$/, "");
  address.pathname = path.endsWith(ALERTMANAGER_PATH) ? path : `${path}${ALERTMANAGER_PATH}`;
  address.hash = "";
  return address.href;
}

export const NAME: Check<string> = check(
  "be a name of at most 64 letters, digits, '.', '_' and '-'",
  (value): value is string => typeof value === "string" && /^[\w.-]{1,64}$/.test(value),
);

export const SECRET: Check<Uint8Array> = {
  must: "be 24 to 64 bytes in base64, such as 'whsec_…'",
  read: (value) => (typeof value === "string" ? keyOfSecret(value) : undefined),
};

export const ROUTING_KEY: Check<string> = check(
  "be the integration key of a PagerDuty service: 32 letters and digits",
  (value): value is string => typeof value === "string" && /^[a-z\d]{32}$/i.test(value),
);

export const TEMPLATE: Check<BodyTemplate> = {
  must: "be a JSON value whose texts are valid templates with existing fields, or a function that returns the body",
  read(value) {
    if (isBodyFunction(value)) return value;
    try {
      return typeof value === "string" || typeof value === "object" ? compiledBody(value) : undefined;
    } catch {
      return undefined;
    }
  },
};

function isBodyFunction(value: unknown): value is BodyTemplate {
  return typeof value === "function";
}

export const SMTP: Check<string> = check(
  "be an smtp:// or smtps:// URL",
  (value): value is string =>
    typeof value === "string" &&
    /^smtps?:\/\/[^/]/i.test(value) &&
    URL.canParse(value) &&
    isDecodable(new URL(value)),
);

export const ADDRESS: Check<string> = check("be a mail address", isAddress);

export const ADDRESSES: Check<readonly string[]> = {
  must: "be a mail address or a list of them",
  read(value) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.length > 0 && list.every(isAddress) ? list : undefined;
  },
};

export const HEADERS: Check<Readonly<Record<string, string>>> = {
  must: "be an object of HTTP headers, without webhook-id and the like",
  read(value) {
    const given = headers.read(value);
    return Object.keys(given ?? {}).some((name) => RESERVED_HEADERS.test(name)) ? undefined : given;
  },
};

function isAddress(value: unknown): value is string {
  return text.read(value) !== undefined && /^[^\r\n]*\S@[^\s@]+$|^[^\r\n]*<\S+@\S+>$/.test(String(value));
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}`);
    return true;
  } catch {
    return false;
  }
}

// The connection and the signature set these themselves.
const RESERVED_HEADERS =
  /^(?:webhook-(?:id|timestamp|signature)|content-length|transfer-encoding|connection|host)$/i;
