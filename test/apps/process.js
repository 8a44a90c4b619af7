// One run of an application: its start, the requests to it, its figures and its end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_MILLIS = 180_000;
const END_MILLIS = 30_000;
// A group reports once a second, and an application may still work on the last request.
const SETTLE_MILLIS = 2_000;
const TICKS_A_SECOND = 100;
const MIB = 2 ** 20;
const PAGE_BYTES = 4_096;

/**
 * Starts the application, drives it, and ends it by the signal. Returns the responses, the
 * output, the end, the time and memory at the start, and the text of the application's own metrics. With `metricsPort`, the text of `/metrics`, too.
 */
export async function runApplication(application, { folder, port, services, signal, metricsPort, flags }) {
  const context = { folder, port, url: `http://127.0.0.1:${port}`, flags: flags.words, ...services };
  writeFiles(folder, application.files);
  await application.before?.(context);
  const begun = performance.now();
  const words = application.passesFlag === true ? [] : flags.words;
  const child = spawn(process.execPath, [...words, ...application.command(context)], {
    cwd: folder,
    env: { ...environment(), ...application.environment?.(context), ...flags.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (output[name] += chunk));
  const exit = once(child, "exit");
  try {
    await ready(application, context, child);
    const start = { ...figuresOf(child.pid), millis: performance.now() - begun };
    const responses = [];
    const request = (method, path, options) => requested(context, responses, method, path, options);
    await application.drive(request, context);
    await pause(SETTLE_MILLIS);
    const metrics =
      metricsPort === undefined
        ? undefined
        : await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const own =
      application.promClient === undefined
        ? undefined
        : await (await fetch(context.url + application.promClient)).text();
    child.kill(signal);
    const end = await Promise.race([exit, pause(END_MILLIS, ["did not end", signal], { ref: false })]);
    return { responses, start, metrics, own, output, end: `${end[0] ?? end[1]}` };
  } catch (error) {
    throw new Error(`${error.message}\n${output.stdout.slice(-2_000)}\n${output.stderr.slice(-4_000)}`, {
      cause: error,
    });
  } finally {
    child.kill("SIGKILL");
  }
}

/** Writes files, given by their paths in the folder. */
export function writeFiles(folder, files = {}) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function environment() {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|OTEL_|TACHYMETER_|NODE_OPTIONS|CI$)/.test(name),
  );
  return Object.fromEntries(inherited);
}

async function ready(application, context, child) {
  const url = context.url + application.ready;
  const deadline = performance.now() + START_MILLIS;
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`it ended with exit code ${child.exitCode} before it was ready`);
    try {
      const response = await fetch(url, { redirect: "manual" });
      const text = await response.text();
      if (application.isReady?.(response, text) ?? response.status < 500) return;
    } catch {
      // Not yet.
    }
    if (performance.now() > deadline) throw new Error(`it did not respond at ${url}`);
    await pause(50);
  }
}

// Processor time in milliseconds and resident memory in MiB, from the kernel.
function figuresOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return {
    processorMillis: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_A_SECOND,
    memory: (Number(fields[21]) * PAGE_BYTES) / MIB,
  };
}

async function requested({ url }, responses, method, path, { headers, json } = {}) {
  const response = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  responses.push({
    name: `${method} ${path}`,
    status: response.status,
    headers: [...response.headers.keys()].toSorted().join(" "),
    body: text,
  });
  return { response, json: () => JSON.parse(text) };
}
