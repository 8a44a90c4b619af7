// Option `proxy`.
import type { Check } from "./check.ts";
import { url } from "./check.ts";

/** The URL of a proxy. As in curl, `http://` may be left out. */
export const PROXY_URL: Check<string> = {
  must: url.must,
  read: (value) => {
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" ? undefined : url.read(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  },
};

/** The URL of the proxy for our own requests, or `false` for none. */
export const PROXY: Check<string | false | undefined> = {
  must: `${url.must}, or false for no proxy`,
  read: (value) => (value === false ? false : PROXY_URL.read(value)),
};
