import { inspect } from "node:util";
import { expect, test } from "vitest";
import { OptionsError, readConfiguration } from "../../src/options/index.ts";

function errorOf(options: Record<string, unknown>): OptionsError {
  return new OptionsError("configuration of tachymeter", readConfiguration(options, {}).problems);
}

function messageOf(options: Record<string, unknown>): string {
  return errorOf(options).message;
}

test("an error shows the received value, shortened", () => {
  expect(messageOf({ collectionInterval: -1 })).toMatch(
    /^configuration of tachymeter: collectionInterval must be a number of seconds above 0, .*, got -1/,
  );
  expect(messageOf({ serviceName: ["x".repeat(200)] })).toContain(`, got [ '${"x".repeat(97)}…`);
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(messageOf({ resource: { circular } })).toMatch(
    /resource must .*, got \{ circular: \{ self: 'an object' \} \}/,
  );
});

test("an error shows neither a header's value nor a password, not even if it is uncaught", () => {
  const authorization = "Bearer s3cret";
  expect(messageOf({ readers: [{ type: "otlp", headers: { authorization, retries: 5 } }] })).toContain(
    "readers[0].headers must be an object of HTTP headers, each value one line, got { authorization: 'a string', retries: 'a number' }",
  );
  for (const wrong of [
    { type: "otlp", headers: authorization },
    { type: "otpl", headers: { authorization } },
    { type: "otpl", url: "http://me:s3cret@collector" },
    {
      type: "otlp",
      url: "http://me:s3cret@collector",
      protocol: "udp",
      headers: { authorization, key: undefined },
    },
    { type: "otlp", url: "ftp://me:s3cret@collector" },
    { type: "prometheus", bearertoken: "s3cret" },
    { type: "prometheus", basicAuth: { username: "me", pasword: "s3cret" } },
    { type: "prometheus", basicAuth: "me:s3cret" },
    { type: "prometheus", tls: { cert: "s3cret", key: "s3cret" } },
    { type: "promethius", basicAuth: { username: "me", password: "s3cret" }, bearerToken: "s3cret" },
  ]) {
    expect(inspect(errorOf({ readers: [wrong] }), { depth: 9 })).not.toContain("s3cret");
  }
});

test("keys of attributes are shown, and keys of an API are hidden", () => {
  const textOf = (name: string) => new OptionsError("x", [{ name, value: "team", must: "be y" }]).message;
  expect(textOf("stream.attributeKeys")).toContain('must be y, got "team"');
  expect(textOf("apiKeys")).toContain('got "(hidden)"');
});
