import type { RequestListener } from "node:http";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { expect, onTestFinished, test } from "vitest";
import { RemoteHistory } from "../../../src/history/remote/index.ts";
import { gathered } from "../gathered.ts";
import { freePort } from "../../kit/process.ts";
import { listening } from "../../kit/listening.ts";

const question = { metric: "queue.size", from: 0, to: 60, aggregate: "MAX" } as const;

async function messageOf(history: RemoteHistory): Promise<string> {
  const error = await history.query(question).then(
    () => new Error("answered"),
    (reason: unknown) => reason,
  );
  await history.close();
  expect(error).toMatchObject({ name: "RemoteHistoryError", code: "TACHYMETER_REMOTE_HISTORY" });
  return error instanceof Error ? error.message : "";
}

test("the error for an unreachable server has its URL and a remedy", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(
    new RegExp(
      `^remote history "${url}": no response \\(.*ECONNREFUSED.*\\); check that the server runs and is reachable$`,
    ),
  );
});

test.each<[answer: string, handler: RequestListener, message: RegExp]>([
  ["a page", (_, response) => response.end("<html>"), /: not a Prometheus HTTP API; url must be/],
  [
    "404",
    (_, response) => response.writeHead(404).end("no page"),
    /API not found \(404: no page\); url must be the address before \/api\/v1; start the application with .*TACHYMETER_API=true/,
  ],
  ["302", (_, response) => response.writeHead(302, { Location: "/x" }).end(), /redirected \(302\)/],
  [
    "a refusal",
    (_, response) => response.writeHead(422).end('{"status":"error","error":"too many samples"}'),
    /response 422: too many samples; change the question or reduce its size/,
  ],
  [
    "half a response",
    (_, response) => response.writeHead(200, { "Content-Length": 99 }).write("{"),
    /no response|incomplete/,
  ],
])("%s is an error with a remedy", async (_, handler, message) => {
  const url = await listening((request, response) => {
    handler(request, response);
    if (!response.writableEnded) setImmediate(() => response.destroy());
  });
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(message);
});

test("a request without a response times out", async () => {
  const url = await listening(() => {});
  expect(await messageOf(new RemoteHistory({ url, timeout: 0.05 }))).toMatch(
    /no response \(no response within 0\.05 s\)/,
  );
});

test("a type that was guessed since the server did not return it is looked up again", async () => {
  const data: Readonly<Record<string, unknown>> = {
    metadata: { took: [{ type: "histogram" }] },
    "label/__name__/values": ["took"],
  };
  let failures = 1;
  let lookups = 0;
  const url = await listening((request, response) => {
    const path = /api\/v1\/([^?]*)/.exec(request.url ?? "")?.[1] ?? "";
    if (path.startsWith("label/")) lookups++;
    const isRefused = path === "metadata" && failures-- > 0;
    const answer = { status: "success", data: data[path] ?? { resultType: "vector", result: [] } };
    response.writeHead(isRefused ? 503 : 200).end(isRefused ? "restarting" : JSON.stringify(answer));
  });
  const history = new RemoteHistory({ url });
  const asked = { metric: "took", aggregate: "MEAN", from: 0, to: 60 } as const;
  const types: string[] = [];
  for (let i = 0; i < 3; i++) types.push((await history.query(asked)).type);
  await history.close();
  expect(types).toEqual(["gauge", "histogram", "histogram"]);
  expect(lookups).toBe(2);
});

test("a gauge whose name ends in _bucket is not a histogram", async () => {
  const data: Readonly<Record<string, unknown>> = {
    metadata: { read: [{ type: "histogram" }] },
    "label/__name__/values": ["read_bucket", "token_bucket", "took_bucket", "took_count"],
  };
  const url = await listening((request, response) => {
    const path = /api\/v1\/([^?]*)/.exec(request.url ?? "")?.[1] ?? "";
    const found = data[path] ?? { resultType: "vector", result: [] };
    response.end(JSON.stringify({ status: "success", data: found }));
  });
  const history = new RemoteHistory({ url });
  const metrics = await gathered(history.metrics());
  await history.close();
  expect(metrics.map(({ name, type }) => [name, type])).toEqual([
    ["read", "histogram"],
    ["token_bucket", "gauge"],
    ["took", "histogram"],
  ]);
});

test("an aborted query rejects immediately with the signal's reason, and ends its request", async () => {
  let closed: () => void = () => {};
  const isClosed = new Promise<void>((resolve) => (closed = resolve));
  const controller = new AbortController();
  const url = await listening((request) => {
    request.on("close", closed);
    controller.abort(new Error("nobody waits"));
  });
  const history = new RemoteHistory({ url });
  await expect(history.query({ ...question, signal: controller.signal })).rejects.toThrow("nobody waits");
  await isClosed;
  await expect(history.query({ ...question, signal: controller.signal })).rejects.toThrow("nobody waits");
  await history.close();
});

test("headers and passwords are sent but never logged", async () => {
  const logged: string[] = [];
  const log = (...args: unknown[]): void => void logged.push(args.map(String).join(" "));
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.ALL);
  onTestFinished(() => diag.disable());
  const sent: string[] = [];
  const url = await listening((request, response) => {
    sent.push(String(request.headers.authorization), String(request.headers["x-scope-orgid"]));
    response.writeHead(401).end('{"status":"error","error":"who are you"}');
  });
  const withUser = url.replace("http://", "http://ann:hush%21@");
  const headers = { "X-Scope-OrgID": "secret-tenant" };
  const message = await messageOf(new RemoteHistory({ url: withUser, headers }));
  expect(sent.slice(0, 2)).toEqual([`Basic ${Buffer.from("ann:hush!").toString("base64")}`, "secret-tenant"]);
  expect(message).toBe(
    `remote history "${url}": access denied (401: who are you); set valid credentials in url or headers, for a command in TACHYMETER_PROMETHEUS_BEARER_TOKEN`,
  );
  expect(logged.join("\n")).not.toMatch(/hush|secret|ann/);
});

test("too many series are an error with a remedy", async () => {
  const result = Array.from({ length: 10_001 }, (_, i) => ({ metric: { i: `${i}` }, value: [60, "1"] }));
  const url = await listening((request, response) => {
    const isNames = request.url?.includes("/label/") === true;
    response.end(JSON.stringify({ status: "success", data: isNames ? ["queue_size"] : { result } }));
  });
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(
    /more than 10000 series; filter them with `where`, or add them up with `by`$/,
  );
});

test("too many points are an error with a remedy", async () => {
  const series = `{"metric":{},"values":[[1,"1"]${',[1,"1"]'.repeat(500_000)}]}`;
  const answer = `{"status":"success","data":{"result":[${series}]}}`;
  const url = await listening((request, response) => {
    const isNames = request.url?.includes("/label/") === true;
    response.end(isNames ? '{"status":"success","data":["queue_size"]}' : answer);
  });
  const history = new RemoteHistory({ url });
  await expect(history.query({ ...question, to: 1_000, step: 0.001 })).rejects.toThrow(
    /more than 2000000 points; use a shorter range, wider steps or fewer series$/,
  );
  await history.close();
});

test("a question without `from` has the same limit of steps", async () => {
  let requests = 0;
  const url = await listening((request, response) => {
    requests++;
    const isNames = request.url?.includes("/label/") === true;
    const result = [{ metric: {}, value: [1, "1"], values: [[1, "1"]] }];
    response.end(JSON.stringify({ status: "success", data: isNames ? ["queue_size"] : { result } }));
  });
  const history = new RemoteHistory({ url });
  const asked = history.query({ metric: "queue.size", to: 30 * 86_400, step: 0.001, aggregate: "MAX" });
  await expect(asked).rejects.toThrow(
    /step must be long enough for at most 1000000 steps since 1970-01-01T00:00:01.000Z, got 0.001/,
  );
  expect(requests).toBeLessThan(20);
  await history.close();
});

test("all invalid options are reported together, without values of headers", () => {
  const make = (): RemoteHistory =>
    new RemoteHistory({ url: "localhost:9090", headers: { Key: "hush\nhush" }, timeout: 0 });
  expect(make).toThrow(
    [
      "remote history: 3 problems; see tachymeter/docs/configuration.md",
      `  headers["Key"] must be a single-line string, with a token as its name, got "a string"`,
      `  url must be an HTTP address, such as http://127.0.0.1:9090, got "localhost:9090"`,
      "  timeout must be a number of seconds above 0, at most 3600, got 0",
    ].join("\n"),
  );
});

test("undecodable credentials are an invalid URL", () => {
  const make = (): RemoteHistory => new RemoteHistory({ url: "http://hush%:hush@127.0.0.1:9090" });
  expect(make).toThrow(
    /^remote history: url must be an HTTP address, such as \S*, got "http:[^:]*@127.0.0.1:9090"; see \S+$/,
  );
});

test("unsupported operations are rejected", async () => {
  const history = new RemoteHistory({ url: "http://127.0.0.1:1" });
  await expect(history.query({ ...question, aggregate: () => 1 })).rejects.toThrow(
    'question about "queue.size": aggregate must be a name, got a function',
  );
  await expect(gathered(history.events())).rejects.toThrow(
    /events are not supported; query the History of each/,
  );
  await history.close();
});

test.each([false, true])(
  "headers echoed by a server are removed from errors, as JSON: %s",
  async (isJson) => {
    const url = await listening((request, response) => {
      const said = `refused: Authorization: ${request.headers.authorization}`;
      response.writeHead(400).end(isJson ? JSON.stringify({ status: "error", error: said }) : said);
    });
    const headers = { Authorization: "Bearer s3cr3t-W0rd" };
    const message = await messageOf(new RemoteHistory({ url, headers }));
    expect(message).toContain("refused: Authorization: (hidden)");
    expect(message).not.toContain("s3cr3t");
  },
);
