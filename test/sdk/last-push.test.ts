// The last figures of a process, at a Pushgateway and at a receiver of remote write.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";
import { type PushReceiver, pushReceiver } from "../kit/pushgateway.ts";
import { remoteWriteReceiver, type RemoteWriteReceiver } from "../kit/remote-write/receiver.ts";

beforeAll(packedProject);

// A busy machine may take longer than the two seconds that an exit waits.
const BUSY = { retry: 4 };

const program = (reader: object, end: string): string => `import { start } from "tachymeter";
  const telemetry = start({ readers: [${JSON.stringify(reader)}], host: false, runtime: false, group: false });
  const orders = telemetry.meterProvider.getMeter("shop").createCounter("orders");
  orders.add(5);
  ${end}`;

const ENDS = [
  ["by itself", ""],
  ["by process.exit()", "process.exit(3);"],
  ["by an uncaught exception", 'throw new Error("boom");'],
  ["by SIGTERM", 'setTimeout(() => {}, 60_000); process.kill(process.pid, "SIGTERM");'],
  ["by shutdown()", "await telemetry.shutdown();"],
] as const;

test.each(ENDS)("a job that ends %s has its last figures at the Pushgateway", BUSY, async (_, end) => {
  const receiver = await pushReceiver();
  await ended({ type: "pushgateway", url: receiver.url, job: "batch" }, end);
  expect(pushedTo(receiver)).toEqual(["PUT 5"]);
});

test.each(ENDS)("a job that ends %s deletes its group with deleteAtEnd", BUSY, async (_, end) => {
  const receiver = await pushReceiver();
  await ended({ type: "pushgateway", url: receiver.url, job: "batch", deleteAtEnd: true }, end);
  expect(pushedTo(receiver).at(-1)).toBe("DELETE ");
});

test.each(ENDS)(
  "a job that ends %s has its last figures and markers by remote write",
  BUSY,
  async (_, end) => {
    const receiver = await remoteWriteReceiver();
    await ended({ type: "remote-write", url: receiver.url }, end);
    expect(writtenTo(receiver)).toEqual([5, "stale"]);
  },
);

test("what a killed job has collected is at the receiver after the next start, once", async () => {
  const port = await freePort();
  const outbox = { directory: newFolder("outbox") };
  const reader = { type: "remote-write", interval: 0.2, outbox };
  const away = { ...reader, url: `http://127.0.0.1:${port}/api/v1/write` };
  const cwd = await application({
    "app.mjs": program(away, 'setInterval(() => { orders.add(1); console.log("added"); }, 100);'),
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  await child.waitForOutput(/(?:added\n){15}/);
  child.kill("SIGKILL");
  await child.exit;
  const receiver = await remoteWriteReceiver();
  await ended(
    { ...reader, interval: 60, url: receiver.url },
    "await telemetry.ready; await telemetry.shutdown();",
  );
  const written = receiver.stored().filter(({ name }) => name === "orders_total");
  const instances = new Set(written.map(({ labels }) => labels["instance"]));
  expect(instances.size).toBe(2);
  const [killed] = instances;
  const samples = written.filter(({ labels }) => labels["instance"] === killed);
  expect(samples.length).toBeGreaterThan(2);
  const times = samples.map(({ timeUnixMillis }) => timeUnixMillis);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  // Two collections have one value if the program was slow between them.
  const values = samples.map(({ value }) => Number(value));
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  // The records are in a folder of their own, which a flush of OTLP leaves alone.
  expect(receiver.requests.every(({ isStored }) => isStored)).toBe(true);
});

async function ended(reader: object, end: string): Promise<void> {
  const cwd = await application({ "app.mjs": program(reader, end) });
  await runNode({ cwd, args: ["app.mjs"] }).exit;
}

function pushedTo({ requests }: PushReceiver): readonly string[] {
  return requests.map(({ method, text }) => `${method} ${/^orders_total.* (\d+)$/m.exec(text)?.[1] ?? ""}`);
}

function writtenTo(receiver: RemoteWriteReceiver): readonly unknown[] {
  return receiver.stored().flatMap(({ name, value }) => (name === "orders_total" ? [value] : []));
}
