// Input that other programs or clients make to keep the process busy, or to fill its memory.
import { createServer as createRawServer } from "node:net";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { RemoteHistory } from "tachymeter/history";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { addedSilence } from "../../src/cli/alerts/silence.ts";
import { samplesIn } from "../../src/cli/top/watched/samples-text.ts";
import { redactText } from "../../src/diagnostics/redact.ts";
import { JournalReader } from "../../src/group/processes/journal.ts";
import { histogramFromJson } from "../../src/history/remote/histogram-json.ts";
import { McpAnswers } from "../../src/page/serving/mcp-answers.ts";
import type { PageRequest } from "../../src/page/serving/page-answer.ts";
import { attemptFromAnswer } from "../../src/readers/otlp/answer.ts";
import { gathered } from "../history/gathered.ts";
import { addressOf } from "../kit/address-of.ts";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { processorMicros } from "../kit/processor-time.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

test.each<[string, () => unknown]>([
  [
    "an answer of OTLP with many empty messages",
    () => {
      // Field 1 with 100,000 empty fields 2.
      const fields = Buffer.from("1200".repeat(100_000), "hex");
      const body = Buffer.concat([Buffer.from("0ac09a0c", "hex"), fields]);
      const answer = {
        status: 200,
        retryAfter: undefined,
        contentType: "application/x-protobuf",
        headers: {},
        body,
        isComplete: true,
        isTooLong: false,
      };
      return attemptFromAnswer(answer, 0, ["a-secret-of-some-length"]);
    },
  ],
  [
    "a native histogram with many bounds",
    () =>
      histogramFromJson({
        count: "1",
        sum: "1",
        buckets: Array.from({ length: 100_000 }, (_, i) => [1, String(i * 1.1), String((i + 1) * 1.1), "1"]),
      }),
  ],
  [
    "a silence with many spaces",
    () =>
      addedSilence(
        { active: () => [], add: () => {}, end: () => {}, saved: async () => {} },
        { matchers: [`a=b${" ".repeat(100_000)}c`], seconds: 60, comment: "" },
      ).catch(() => {}),
  ],
  ["a label with many spaces", () => [...samplesIn(`x{a${" ".repeat(200_000)}b} 1\n`)]],
  ["a text that is encoded many times", () => redactText(`${"a=".repeat(2_000)}%${"25".repeat(100_000)}`)],
])("%s takes time in proportion to its length", (_, read) => {
  const before = process.cpuUsage();
  read();
  expect(processorMicros(before)).toBeLessThan(1.5e6);
});

test("names of a server's metrics may be long, or those of an object", async () => {
  const names = ["constructor_bucket", "__proto__", `a${"_".repeat(100_000)}`, "room_temperature_celsius"];
  const server = createServer(({ url = "" }, response) => {
    const counted = names.map((name) => ({ metric: { ["__name__"]: name }, value: [0, "1"] }));
    const data = url.includes("/query")
      ? { resultType: "vector", result: counted }
      : url.includes("metadata")
        ? {}
        : names;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ status: "success", data }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const history = new RemoteHistory({ url: `http://127.0.0.1:${addressOf(server).port}` });
  onTestFinished(async () => {
    await history.close();
    server.close();
  });
  const before = process.cpuUsage();
  const found = await gathered(history.metrics());
  expect(found.map(({ name }) => name)).toEqual(names.toSorted());
  expect(found.find(({ name }) => name === "room_temperature_celsius")).toMatchObject({ unit: "Cel" });
  expect(processorMicros(before)).toBeLessThan(1.5e6);
});

test("an answer in a million chunks takes memory for its bytes", async () => {
  const text = JSON.stringify({
    status: "success",
    data: { resultType: "string", result: [0, "x".repeat(1_000_000)] },
  });
  const chunks = Array.from(text, (character) => `1\r\n${character}\r\n`).join("");
  const server = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.end(`${chunks}0\r\n\r\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const program = `
    import { RemoteHistory } from "tachymeter/history";
    const history = new RemoteHistory({ url: process.argv[2] });
    console.log((await history.query("1")).value.length);`;
  const cwd = await application({ "app.mjs": program });
  const child = runNode({
    cwd,
    args: ["--max-old-space-size=64", "app.mjs", `http://127.0.0.1:${addressOf(server).port}`],
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout.trim()).toBe("1000000");
});

test("a file of a group's member with a huge number does not hold its reader", () => {
  const folder = newFolder("journal");
  writeFileSync(join(folder, "journal.9999999999"), "line\n");
  const reader = new JournalReader(folder);
  const before = process.cpuUsage();
  expect(reader.read()).toEqual(["line"]);
  reader.keep();
  expect(processorMicros(before)).toBeLessThan(1.5e6);
  expect(existsSync(join(folder, "journal.9999999999"))).toBe(true);
});

// Some versions of the protocol respond before the work has ended, others as soon as the client leaves.
test.each(["responds at once", "responds at the end"])(
  "a question of an agent keeps its place until its work ends, also after its client has left: it %s",
  async (kind) => {
    const ends: (() => void)[] = [];
    const answers = new McpAnswers(async ({ noteWork }) => {
      const work = new Promise<void>((resolve) => ends.push(resolve));
      noteWork(work);
      if (kind === "responds at the end") await work;
      return new Response("{}", { status: 200 });
    });
    const leaving = new AbortController();
    const ask = (signal: AbortSignal): ReturnType<McpAnswers["answer"]> => {
      const request: PageRequest = {
        method: "POST",
        url: new URL("http://127.0.0.1/mcp"),
        header: (name) => (name === "content-type" ? "application/json" : undefined),
        client: "authenticated",
        isSecure: false,
        signal,
        body: async () => "{}",
      };
      return answers.answer(request);
    };
    const left = Promise.allSettled(Array.from({ length: 4 }, () => ask(leaving.signal)));
    await expect.poll(() => ends.length).toBe(4);
    leaving.abort();
    await left;
    const stays = new AbortController();
    expect(await ask(stays.signal)).toMatchObject({ status: 503 });
    for (const end of ends) end();
    // The places are free once the promises have settled.
    await new Promise((resolve) => setImmediate(resolve));
    const next = ask(stays.signal);
    await expect.poll(() => ends.length).toBe(5);
    ends[4]!();
    expect(await next).toMatchObject({ status: 200 });
  },
);
