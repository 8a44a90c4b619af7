import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { samples, scrapeOf } from "../applications.ts";

beforeAll(packedProject);

test.each(["--import", "--require"] as const)("the routes of frameworks are noted under %s", async (flag) => {
  const text = await scrapeOf({ folder: import.meta.dirname, program: "app.mjs", flag });
  const counts = samples(text, "http_server_request_duration_seconds_count");
  const routes = new Set(counts.map((line) => /http_route="([^"]*)".* 1$/.exec(line)?.[1]));
  expect(routes).toEqual(new Set(["express", "fastify", "hono", "koa"].map((name) => `/shop/${name}/:id`)));
});

test.each(["--import", "--require"] as const)("the routes of h3 are noted under %s", async (flag) => {
  const text = await scrapeOf({ folder: import.meta.dirname, program: "h3.mjs", flag });
  const counts = samples(text, "http_server_request_duration_seconds_count");
  expect(counts).toEqual([expect.stringMatching(/http_route="\/shop\/h3\/:id".* 1$/)]);
});

test("HTTP/2 is measured from its first request, and not loaded before", async () => {
  const text = await scrapeOf({ folder: import.meta.dirname, program: "http2.mjs", flag: "--import" });
  for (const side of ["server", "client"]) {
    const counts = samples(text, `http_${side}_request_duration_seconds_count`);
    expect(counts).toEqual([expect.stringMatching(/network_protocol_version="2".* 1$/)]);
  }
});
