// Options of instrumentation `http` that also have a variable.
import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

const NAMES = ["http", "pg"];

test("paths and headers of instrumentation http are set by its options, else by variables", () => {
  const environment = {
    TACHYMETER_HTTP_IGNORE: " /health, GET /assets/* ",
    TACHYMETER_HTTP_REQUEST_HEADERS: "x-tenant,X-Plan",
  };
  const settingsOf = (instrumentations: unknown): unknown =>
    readConfiguration({ instrumentations }, environment, NAMES).instrumentations;
  const ofVariables = { ignore: ["/health", "GET /assets/*"], requestHeaders: ["x-tenant", "X-Plan"] };
  expect(settingsOf(undefined)).toEqual({ http: ofVariables, pg: {} });
  expect(settingsOf([])).toEqual({ http: ofVariables, pg: {} });
  expect(settingsOf({ http: { ignore: ["/a"] } })).toEqual({
    http: { ...ofVariables, ignore: ["/a"] },
    pg: {},
  });
  expect(settingsOf({ http: false })).toEqual({ pg: {} });
});

const PATHS = 'be a list of paths such as "/health", "/assets/*" and "GET /health", without a query';
const HEADERS =
  "be a list of header names, none of a header with secrets such as authorization, cookie or x-api-key, since metrics show the values";

test.each([
  ["IGNORE", "/health,assets", PATHS],
  ["IGNORE", "/search?q=*", PATHS],
  ["IGNORE", "get /health", PATHS],
  ["REQUEST_HEADERS", "x-tenant,x tenant", HEADERS],
  ["REQUEST_HEADERS", "x-tenant,Authorization", HEADERS],
  ["REQUEST_HEADERS", "proxy-authorization", HEADERS],
  ["REQUEST_HEADERS", "cookie", HEADERS],
  ["REQUEST_HEADERS", "Set-Cookie", HEADERS],
  ["REQUEST_HEADERS", "x-api-key", HEADERS],
  ["REQUEST_HEADERS", "x-auth", HEADERS],
  ["REQUEST_HEADERS", "X-CSRF-Token", HEADERS],
])("TACHYMETER_HTTP_%s=%s is refused", (variable, value, must) => {
  const name = `TACHYMETER_HTTP_${variable}`;
  expect(readConfiguration({}, { [name]: value }, NAMES).problems).toEqual([{ name, value, must }]);
});

test("headers without secrets are accepted", () => {
  const names =
    "accept-language,host,user-agent,x-author,x-original-path,x-forwarded-for,x-plan,x-region,x-request-id,x-tenant";
  const environment = { TACHYMETER_HTTP_REQUEST_HEADERS: names };
  expect(readConfiguration({}, environment, NAMES).problems).toEqual([]);
});
