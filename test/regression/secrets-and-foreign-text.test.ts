import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import {
  htmlText,
  logLine,
  markdownText,
  shownText,
  spreadsheetText,
} from "../../src/diagnostics/foreign-text.ts";
import { redactText } from "../../src/diagnostics/redact.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

const SECRET = "s3cr3t-W0rd";

const urls = [
  `http://user:p@${SECRET}@collector:4318`,
  `http://user:p/${SECRET}@collector:4318`,
  `ftp://user:p?${SECRET}#@collector`,
  `//user:${SECRET}@collector`,
  `http:/user:${SECRET}@collector`,
  `http:user:${SECRET}@collector`,
  `http:\\\\user:${SECRET}@collector`,
  `user:${SECRET}@collector:4318`,
  `http://collector:4318/?api_key=${SECRET}`,
  `http://collector:4318/?token=abc@${SECRET}`,
  `http://collector:4318/?user[password]=${SECRET}&auth[token]=${SECRET}&token[]=${SECRET}`,
  `http://collector:4318/?next=${encodeURIComponent(`https://u:${SECRET}@h`)}`,
];
// In text a password with white space or a quote has no recognisable end; as a separate value it has.
const oddUrls = [`http://user:a ${SECRET}@collector`, `http://user:"${SECRET}@collector`];
const misspelt = [
  { header: { authorization: SECRET } },
  { hedaers: { "x-api-key": SECRET } },
  { bearerTokn: SECRET },
  { beraerToken: SECRET },
  { pasword: SECRET },
  { basicAuht: { username: "me", password: SECRET } },
  { apiKey: SECRET },
  { tls: { key: SECRET, passphrse: SECRET } },
  { hedr: { authorization: SECRET } },
  { customHeaders: { authorization: SECRET } },
  { apikye: SECRET },
  { clientSecert: SECRET },
  { keys: [SECRET] },
  { tokne: SECRET },
  { auht: SECRET },
];

test("no error holds the password of a URL, or the value of a misspelt option", async () => {
  const cases = [
    ...[...urls, ...oddUrls].flatMap((url) => [
      { readers: [{ type: "otlp", url, interval: -1 }] },
      { readers: [{ type: "json", url, interval: -1 }] },
      { readers: [url] },
    ]),
    ...misspelt.flatMap((option) => [
      { readers: [{ type: "prometheus", ...option }] },
      { readers: [{ type: "otlp", ...option }] },
      option,
    ]),
  ];
  const cwd = await application({
    "app.mjs": `
      import { inspect } from "node:util";
      import { start } from "tachymeter";
      class Collector { constructor(password) { this.password = password; } }
      const objects = [
        { readers: [{ type: "otlp", url: new URL("http://user:${SECRET}@collector"), interval: -1 }] },
        { readers: [{ type: "otlp", extra: new Map([["password", "${SECRET}"]]) }] },
        { readers: [{ type: "otlp", extra: new Collector("${SECRET}") }] },
        { readers: [new Collector("${SECRET}")] },
      ];
      for (const options of [...${JSON.stringify(cases)}, ...objects]) {
        try {
          await start(options).shutdown();
          console.log("accepted", JSON.stringify(options));
        } catch (error) {
          console.log(inspect(error, { depth: 10 }), JSON.stringify(error));
        }
      }`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect({ ...(await child.exit), stderr: child.stderr }).toMatchObject({ code: 0, stderr: "" });
  expect(child.stdout).not.toContain("accepted");
  expect(child.stdout + child.stderr).not.toContain(SECRET);
  for (const harmless of ["file:///app/node_modules/@scope/a.js:3:4", "at C:\\@a\\b", "me@host", "a=b"])
    expect(redactText(harmless)).toBe(harmless);
  for (const url of urls) expect(redactText(`could not reach ${url}, retrying`)).not.toContain(SECRET);
});

test("different messages are all logged, equal ones once", async () => {
  const cwd = await application({
    "app.mjs": `import { diag } from "@opentelemetry/api";
      for (const name of ["latency.p50", "latency.p99", "latency.p50"]) diag.warn("instrument \\"" + name + "\\": dropped");
      for (const millis of [12, 13, 12]) diag.warn("the scrape took " + millis + "ms");`,
  });
  const env = { OTEL_METRICS_EXPORTER: "none" };
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  await child.exit;
  expect(child.stderr.match(/latency\.p\d+/g)).toEqual(["latency.p50", "latency.p99"]);
  expect(child.stderr.match(/took \d+ms/g)).toEqual(["took 12ms", "took 13ms"]);
});

test("headers that a receiver echoes are not logged", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = {
    status: 400,
    contentType: "text/plain",
    // The second secret is at the position at which the message is cut.
    body: `refused: Authorization: Bearer ${SECRET}, ${".".repeat(140)} Bearer ${SECRET}`,
  };
  const cwd = await application({
    "app.mjs": `import { running } from "tachymeter";
      running().collector.registerCounter("jobs").increment();
      await running().forceFlush();`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: {
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${SECRET}`,
      OTEL_LOG_LEVEL: "debug",
    },
  });
  await child.exit;
  expect(receiver.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}` });
  expect(child.stderr).toContain("refused: Authorization: (hidden)");
  expect(child.stderr).not.toContain(SECRET.slice(0, 6));
});

test("the log level of the telemetry is changed while it runs", async () => {
  const cwd = await application({
    "app.mjs": `import { diag } from "@opentelemetry/api";
      import { running } from "tachymeter";
      diag.debug("before");
      console.log(running().logLevel);
      running().logLevel = "debug";
      diag.debug("after");
      running().logLevel = "none";
      diag.error("silence");
      try { running().logLevel = "loud"; } catch (error) { console.log(error.name, running().logLevel); }`,
  });
  const env = { OTEL_METRICS_EXPORTER: "none" };
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  await child.exit;
  expect(child.stdout).toBe("info\nOptionsError none\n");
  expect(child.stderr).toContain("tachymeter debug: after\n");
  expect(child.stderr).not.toMatch(/before|silence/);
});

// oxlint-disable-next-line no-control-regex -- these are the point
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
// Sequences that move cursors, forge lines and change directions, and characters that are markup somewhere.
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u001b]0;", "\u001b[31m", "\n", "\r", "\u0085", "\u202e", "\u2066", "\u2028", "\u009b"),
    fc.constantFrom("=", "@", "~~", "$", "http://a.b", "<b>", "|", "`", "\t", "a", "ß", "😀", "\ud800"),
  ),
});

test("foreign text is harmless in every output", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const shown of [shownText(text), logLine(text), htmlText(text), markdownText(text)]) {
        expect(shown).not.toMatch(UNSAFE);
        expect(Buffer.from(shown).toString()).toBe(shown);
      }
      expect(htmlText(text)).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
      expect(markdownText(text)).not.toMatch(/(?<!\\)(?:\\\\)*[`*_[\]<>|~$@]|https?:\/\//);
      expect(spreadsheetText(text)).not.toMatch(/^[=+\-@\t\r](?!\d)/);
      expect(Buffer.byteLength(logLine(text.repeat(200)))).toBeLessThanOrEqual(2_048);
    }),
  );
});

test("hostile names, units, arguments and events reach no terminal raw", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-foreign-text-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const evil = "\u001b]0;owned\u0007\ntachymeter error: forged\u202e";
  const path = join(folder, "evil.db");
  const cwd = await application({
    "app.mjs": `
      import { start } from "tachymeter";
      const [path, evil] = process.argv.slice(2);
      const telemetry = start({ readers: [], host: false, runtime: false, history: { path } });
      const meter = telemetry.meterProvider.getMeter("evil");
      const counter = meter.createCounter("evil_total", { unit: "\\u001b]0;{x}", description: evil });
      counter.add(1, { evil, "=cmd": "=1+1" });
      meter.createCounter(evil);
      telemetry.events.on("*", () => { throw new Error(evil); });
      telemetry.events.record({ event_type: evil, source: evil, data: { evil } });
      await telemetry.shutdown();`,
  });
  const made = runNode({ cwd, args: ["app.mjs", path, evil] });
  expect(await made.exit).toMatchObject({ code: 0 });
  expect(made.stderr).not.toBe("");
  expect(made.stderr.replaceAll("\n", "")).not.toMatch(UNSAFE);
  expect(made.stderr).not.toMatch(/^tachymeter error: forged/m);
  for (const args of [
    ["query", path],
    ["query", path, "evil_total"],
    ["query", path, "evil_total", "--csv"],
    ["query", path, evil],
    ["events", path],
    ["events", path, "--json"],
    ["report", path],
    ["report", path, "--format", "html"],
    [evil],
    ["query", path, `--${evil}`],
    ["query", join(folder, evil)],
  ]) {
    const child = runNode({
      args: [join((await packedProject()).installed, "dist/tachymeter.js"), ...args],
      cwd: folder,
    });
    await child.exit;
    const text = `${child.stdout}${child.stderr}`;
    expect(text).not.toBe("");
    expect([args, UNSAFE.exec(text.replaceAll(/\r?\n/g, ""))]).toEqual([args, null]);
    expect(text).not.toMatch(/^tachymeter error: forged/m);
  }
});
