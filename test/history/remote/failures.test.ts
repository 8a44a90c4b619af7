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

test("an engine that is away is named, and what to look at", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(
    new RegExp(
      `^remote history "${url}": no answer \\(.*ECONNREFUSED.*\\); see whether it runs, and is reached from here$`,
    ),
  );
});

test.each<[answer: string, handler: RequestListener, message: RegExp]>([
  [
    "a page",
    (_, response) => response.end("<html>"),
    /does not speak Prometheus' HTTP API; give the address/,
  ],
  [
    "404",
    (_, response) => response.writeHead(404).end("no page"),
    /no such API \(404: no page\); give the address/,
  ],
  ["302", (_, response) => response.writeHead(302, { Location: "/x" }).end(), /points elsewhere \(302\)/],
  [
    "a refusal",
    (_, response) => response.writeHead(422).end('{"status":"error","error":"too many samples"}'),
    /it answered 422: too many samples; ask for something else, or for less/,
  ],
  [
    "half an answer",
    (_, response) => response.writeHead(200, { "Content-Length": 99 }).write("{"),
    /no answer|broke off/,
  ],
])("%s is an error that says what to do", async (_, handler, message) => {
  const url = await listening((request, response) => {
    handler(request, response);
    if (!response.writableEnded) setImmediate(() => response.destroy());
  });
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(message);
});

test("an engine that never answers is given up after the time-out", async () => {
  const url = await listening(() => {});
  expect(await messageOf(new RemoteHistory({ url, timeout: 0.05 }))).toMatch(
    /no answer \(no response within 0.05 s\)/,
  );
});

test("a question that is aborted ends at once with the signal's reason, and so does its request", async () => {
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

test("headers and passwords are sent, and shown nowhere", async () => {
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
    `remote history "${url}": it lets nobody in (401: who are you); give the headers that it wants`,
  );
  expect(logged.join("\n")).not.toMatch(/hush|secret|ann/);
});

test("more series than anybody reads are refused, with what to do", async () => {
  const result = Array.from({ length: 10_001 }, (_, i) => ({ metric: { i: `${i}` }, value: [60, "1"] }));
  const url = await listening((request, response) => {
    const isNames = request.url?.includes("/label/") === true;
    response.end(JSON.stringify({ status: "success", data: isNames ? ["queue_size"] : { result } }));
  });
  expect(await messageOf(new RemoteHistory({ url }))).toMatch(
    /more than 10000 series; choose among them with where, or add them up with by$/,
  );
});

test("more points than anybody reads are refused, with what to do", async () => {
  const series = `{"metric":{},"values":[[1,"1"]${',[1,"1"]'.repeat(500_000)}]}`;
  const answer = `{"status":"success","data":{"result":[${series}]}}`;
  const url = await listening((request, response) => {
    const isNames = request.url?.includes("/label/") === true;
    response.end(isNames ? '{"status":"success","data":["queue_size"]}' : answer);
  });
  const history = new RemoteHistory({ url });
  await expect(history.query({ ...question, to: 1_000, step: 0.001 })).rejects.toThrow(
    /more than 2000000 points; ask for a shorter range, wider steps or fewer series$/,
  );
  await history.close();
});

test("a question without a beginning has as many steps at most as one with it", async () => {
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
    /step is 0.001, and the oldest point is from 1970-01-01T00:00:01.000Z; give a step that the range holds 1000000 times/,
  );
  expect(requests).toBeLessThan(20);
  await history.close();
});

test("all that is wrong with the options is said at once, without a header's value", () => {
  const make = (): RemoteHistory =>
    new RemoteHistory({ url: "localhost:9090", headers: { Key: "hush\nhush" }, timeout: 0 });
  expect(make).toThrow(
    `remote history: headers["Key"] must be a text of one line, its name a token, got "a string"; url must be an address of HTTP, such as http://127.0.0.1:9090, got "localhost:9090"; timeout must be a number of seconds above 0, at most 3600, got 0`,
  );
});

test("credentials that cannot be read make no address", () => {
  const make = (): RemoteHistory => new RemoteHistory({ url: "http://hush%:hush@127.0.0.1:9090" });
  expect(make).toThrow(
    /^remote history: url must be an address of HTTP, such as \S*, got "http:[^:]*@127.0.0.1:9090"$/,
  );
});

test("what such engines do not do is said", async () => {
  const history = new RemoteHistory({ url: "http://127.0.0.1:1" });
  await expect(history.query({ ...question, aggregate: () => 1 })).rejects.toThrow(
    'question about "queue.size": aggregate is a function; give the name of an aggregate',
  );
  await expect(gathered(history.events())).rejects.toThrow(/metrics and no events; ask the History of each/);
  await history.close();
});

test.each([false, true])(
  "a store that echoes our headers does not get them into an error, as JSON: %s",
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
