import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BridgeConfig, BridgeTelemetry } from "tachymeter/history";
import { expect, onTestFinished, test, vi } from "vitest";
import { bridge } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

const disk = vi.hoisted(() => ({ isFull: false, refused: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const { promisify } = await import("node:util");
  const writeTo = promisify(original.write);
  const write = (): void => {};
  Object.defineProperty(write, promisify.custom, {
    value: (descriptor: number, bytes: Buffer, offset: number, length: number) => {
      if (!disk.isFull) return writeTo(descriptor, bytes, offset, length);
      disk.refused++;
      return Promise.reject(new Error("ENOSPC: no space left on device"));
    },
  });
  return { ...original, default: { ...original, write }, write };
});

type LoggerConfig = NonNullable<BridgeConfig["logger_config"]>;

function logging(config: LoggerConfig = {}): { telemetry: BridgeTelemetry; lines: () => Promise<unknown[]> } {
  const path = join(newFolder("bridge"), "logs", "errors.jsonl");
  const telemetry = bridge({ logger_config: { log_path: path, ...config } });
  return {
    telemetry,
    async lines() {
      await telemetry.close();
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      return lines.map((line): unknown => JSON.parse(line));
    },
  };
}

const wrong = {
  event_type: "",
  source: "core",
  data: { password: "hunter2", user: "ada", list: [{ api_key: 1 }] },
};

test("an error is logged as one line with its payload, without secrets", async () => {
  const { telemetry, lines } = logging();
  await telemetry.recordEvent(wrong);
  expect(await lines()).toEqual([
    {
      source: "Bridge_Telemetry",
      status: "ERROR",
      payload: {
        ...wrong,
        data: { password: "(hidden)", user: "ada", list: [{ api_key: "(hidden)" }] },
      },
      message: "Event validation failed.",
      errorDetails: {
        errorCode: "INVALID_EVENT",
        errorMessage: 'event_type must be a non-empty string, got ""',
      },
      timestamp: expect.stringMatching(/Z$/),
    },
  ]);
});

test("each kind of error has its code in the log", async () => {
  const { telemetry, lines } = logging();
  await telemetry.recordMetric("", 1);
  // @ts-expect-error: what the types forbid is answered, too
  await telemetry.getMetrics(["m"], undefined, "MEDIAN");
  // @ts-expect-error: what the types forbid is answered, too
  await telemetry.getMetrics("m");
  const loop = { event_type: "a", source: "b", data: null, event_id: "e-1" };
  await Promise.all([telemetry.recordEvent(loop), telemetry.recordEvent(loop)]);
  const codes = (await lines()).map((line) =>
    Reflect.get(Object(Reflect.get(Object(line), "errorDetails")), "errorCode"),
  );
  expect(codes).toEqual(["INVALID_EVENT", "INVALID_AGGREGATION", "RETRIEVAL_FAILURE", "LOOP_DETECTED"]);
});

test("secrets are detected by many names, and in URLs", async () => {
  const { telemetry, lines } = logging();
  const secrets = {
    pass: 1,
    db_pwd: 1,
    auth: "x",
    jwt: "x",
    accessKey: "x",
    "X-Api-Key": "x",
    client_secret: "x",
  };
  const rest = {
    passenger: "ada",
    author: "ada",
    at: "ada@example.com",
    page: "https://example.com:8080/ada",
  };
  const data = { ...secrets, ...rest, db: "see postgres://ada:hunter2@db:5432/shop" };
  await telemetry.recordEvent({ ...wrong, data });
  const redacted = Object.fromEntries(Object.keys(secrets).map((key) => [key, "(hidden)"]));
  expect(await lines()).toMatchObject([
    { payload: { data: { ...redacted, ...rest, db: "see postgres://…@db:5432/shop" } } },
  ]);
});

test("an unsupported aggregation is shown without secrets", async () => {
  const { telemetry, lines } = logging();
  // @ts-expect-error: what the types forbid is answered, too
  const answer = await telemetry.getMetrics(["m"], undefined, { password: "hunter2" });
  // @ts-expect-error: what the types forbid is answered, too
  await telemetry.getMetrics(["m"], undefined, "https://ada:hunter2@shop/");
  expect(answer).toMatchObject({
    error: { message: 'Unsupported aggregation method: {"password":"(hidden)"}' },
  });
  expect(JSON.stringify(await lines())).not.toContain("hunter2");
});

test("a payload that is not JSON, or too long, is logged as text", async () => {
  const { telemetry, lines } = logging();
  const circle: Record<string, unknown> = { event_type: "" };
  circle["self"] = circle;
  // @ts-expect-error: what the types forbid is answered, too
  await telemetry.recordEvent(circle);
  await telemetry.recordEvent({ event_type: "", source: "core", data: "x".repeat(100_000) });
  const [first, second] = await lines();
  expect(first).toMatchObject({ payload: { event_type: "", self: "an object" } });
  expect(second).toMatchObject({ payload: expect.stringMatching(/^\{"event_type":"",.{16000,16384}…$/) });
});

test("nothing is written by default", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  await bridge().recordEvent(wrong);
  expect(error).not.toHaveBeenCalled();
});

test("with enable_console, errors are written to the console, one per line", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  await bridge({ logger_config: { enable_console: true } }).recordEvent(wrong);
  expect(error).toHaveBeenCalledOnce();
  expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({
    source: "Bridge_Telemetry",
    status: "ERROR",
  });
});

test("successful calls are not logged", async () => {
  const path = join(newFolder("bridge"), "errors.jsonl");
  const telemetry = bridge({ logger_config: { log_path: path } });
  await telemetry.recordEvent({ event_type: "a", source: "b", data: null });
  await telemetry.close();
  expect(existsSync(path) && readFileSync(path, "utf8")).toBe("");
});

test("a closed bridge writes to no file, even if the log's descriptor was reused", async () => {
  const path = join(newFolder("bridge"), "errors.jsonl");
  const telemetry = bridge({ logger_config: { log_path: path } });
  await telemetry.close();
  const others = Array.from({ length: 20 }, (_, i) => {
    const other = join(newFolder("bridge"), `${i}.txt`);
    return { other, descriptor: openSync(other, "w") };
  });
  onTestFinished(() => others.forEach(({ descriptor }) => closeSync(descriptor)));
  await telemetry.recordEvent(wrong);
  await new Promise(setImmediate);
  await bridge().recordEvent({ ...wrong, event_type: "turn" });
  expect([path, ...others.map(({ other }) => other)].map((each) => readFileSync(each, "utf8")).join("")).toBe(
    "",
  );
});

test("after a disk was full until the buffer was, too, errors are logged again", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => {
    vi.useRealTimers();
    disk.isFull = false;
  });
  const { telemetry, lines } = logging();
  const long = { ...wrong, data: "x".repeat(16_000) };
  disk.isFull = true;
  await telemetry.recordEvent(long);
  await vi.waitFor(() => expect(disk.refused).toBe(1));
  // More than 4 MiB, in many turns.
  for (let i = 0; i < 300; i++) {
    await telemetry.recordEvent(long);
    await new Promise(setImmediate);
  }
  expect(disk.refused).toBe(1);
  disk.isFull = false;
  vi.advanceTimersByTime(1_000);
  await telemetry.recordEvent(long);
  await new Promise(setImmediate);
  await telemetry.recordEvent({ ...wrong, source: "after" });
  const all = await lines();
  expect(all.length).toBeGreaterThan(250);
  expect(all.at(-1)).toMatchObject({ payload: { source: "after" } });
});

test("errors that could not be written are written when the bridge is closed", async () => {
  const { telemetry, lines } = logging();
  onTestFinished(() => {
    disk.isFull = false;
  });
  const before = disk.refused;
  disk.isFull = true;
  await telemetry.recordEvent(wrong);
  await vi.waitFor(() => expect(disk.refused).toBe(before + 1));
  await new Promise(setImmediate);
  disk.isFull = false;
  expect(await lines()).toHaveLength(1);
});
