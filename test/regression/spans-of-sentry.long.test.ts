import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { npm, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

// Versions that bring instrumentations of OpenTelemetry of several ages, and one that brings none. They are installed by npm, so
// that this has only a long form.
const versions = ["8.55.0", "9.47.2", "10.0.0", "10.78.0"];

const program = {
  "sentry.cjs": `
    const Sentry = require("@sentry/node");
    const seen = [];
    Sentry.init({
      dsn: "http://key@127.0.0.1:1/1",
      tracesSampleRate: 1,
      transport: () => ({ send: async () => ({}), flush: async () => true }),
      integrations: [Sentry.httpIntegration({ ignoreIncomingRequests: (url) => url.includes("/health") })],
      beforeSendTransaction({ transaction, contexts: { trace }, spans }) {
        const parts = [trace, ...spans].map(({ op, description, origin, data }) => ({ op, description, origin, data }));
        seen.push({ transaction, parts });
        return null;
      },
    });
    globalThis.transactions = async () => {
      await Sentry.flush(5_000);
      // Without what differs in each run.
      const text = seen.map((each) => JSON.stringify(each, (key, value) => (/trace|baggage|port|url|peer|host|rand|thread/i.test(key) && typeof value !== "object" ? typeof value : value)));
      return text.toSorted();
    };`,
  "app.cjs": `
    const express = require("express");
    const { get } = require("node:http");
    const app = express();
    app.get("/users/:id", (request, response) => response.send("user"));
    app.get("/health", (request, response) => response.send("ok"));
    const server = app.listen(0, "127.0.0.1", async () => {
      const url = "http://127.0.0.1:" + server.address().port;
      for (const path of ["/users/7", "/health", "/users/8"])
        await new Promise((resolve) => get(url + path, { agent: false }, (response) => response.resume().on("end", resolve)));
      await (await fetch(url + "/users/9", { headers: { connection: "close" } })).text();
      server.close();
      const { metrics } = (await globalThis.tachymeter?.running().snapshot()) ?? { metrics: {} };
      const durations = Object.entries(metrics).filter(([key]) => /^http_server_.*duration/.test(key));
      const counts = durations.map(([key, { labels, value }]) => [key.replace(/{.*/, ""), labels.http_route, value.count]);
      console.log(JSON.stringify({ transactions: await transactions(), counts }));
      process.exit();
    });`,
  "tachymeter.cjs": `globalThis.tachymeter = require("tachymeter");`,
};

test.each(versions)(
  "the transactions of Sentry %s are the same without and with Tachymeter, which measures with routes",
  { timeout: 600_000 },
  async (version) => {
    const { tarball } = await packedProject();
    const cwd = mkdtempSync(join(tmpdir(), "tachymeter-sentry-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    cpSync(resolve(import.meta.dirname, "../../.npmrc"), join(cwd, ".npmrc"));
    const dependencies = { "@sentry/node": version, express: "4", tachymeter: `file:${tarball}` };
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, dependencies }));
    for (const [name, text] of Object.entries(program)) writeFileSync(join(cwd, name), text);
    await npm(cwd, ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]);
    const run = async (
      ...modules: readonly string[]
    ): Promise<{ transactions: unknown; counts: unknown }> => {
      const args = [...modules.flatMap((each) => ["--require", each]), "app.cjs"];
      return JSON.parse(await outputOf(runNode({ cwd, args, env: { OTEL_METRICS_EXPORTER: "none" } })));
    };
    const { transactions } = await run("./sentry.cjs");
    expect(transactions).not.toEqual([]);
    const tachymeter = ["./tachymeter.cjs", "tachymeter/register"];
    const name = "http_server_request_duration_seconds";
    const counts = [
      [name, "/users/:id", 3],
      [name, "/health", 1],
    ];
    expect(await run(...tachymeter, "./sentry.cjs")).toEqual({ transactions, counts });
    expect(await run("./sentry.cjs", ...tachymeter)).toEqual({ transactions, counts });
  },
);
