import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { authorizationFor } from "../../src/cli/credentials.ts";
import { newFolder } from "../kit/new-folder.ts";

const TOKEN = "TACHYMETER_PROMETHEUS_BEARER_TOKEN";

afterEach(() => void vi.unstubAllEnvs());

test("the token of the variables is sent to this machine only, and not beside a user", () => {
  const headersOf = (url: string): object => authorizationFor(new URL(url));
  expect(headersOf("http://127.0.0.1:9464")).toEqual({});
  vi.stubEnv(TOKEN, "secret");
  const bearer = { Authorization: "Bearer secret" };
  for (const host of ["127.0.0.1:9464", "localhost", "[::1]:9464"])
    expect(headersOf(`http://${host}/metrics`)).toEqual(bearer);
  for (const host of ["prometheus.internal:9090", "10.0.0.1", "127.0.0.1.evil.example"])
    expect(headersOf(`http://${host}`)).toEqual({});
  expect(headersOf("http://me:word@127.0.0.1")).toEqual({ Authorization: "Basic bWU6d29yZA==" });
});

test("the token may be in a file, with a line end", () => {
  const file = join(newFolder("token"), "token");
  writeFileSync(file, "from-a-file\n");
  vi.stubEnv(`${TOKEN}_FILE`, file);
  expect(authorizationFor(new URL("http://localhost"))).toEqual({ Authorization: "Bearer from-a-file" });
  vi.stubEnv(`${TOKEN}_FILE`, join(file, "missing"));
  expect(() => authorizationFor(new URL("http://localhost"))).toThrow("missing");
});
