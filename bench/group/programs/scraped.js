// A service of eight members with 10,000 counters each: `scraped.js <tachymeter|prom-client> <cluster|threads>`. Sends
// its URL to its parent. At `grow`, all series of all members grow by 1, and `grown` is sent back. At `end`, it ends after
// its members.
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { metrics } from "@opentelemetry/api";
import prometheus from "prom-client";
import { entryFile } from "../../build.js";
import { attributeSets } from "../../data.js";
import * as loops from "../../loops.js";

const MEMBERS = 8;
const SERIES = 10_000;
const [contender, kind] = isMainThread ? process.argv.slice(2) : workerData;

const urls = {
  tachymeter: async () => {
    const { running } = await import(pathToFileURL(entryFile("index.js")).href);
    await running().ready;
    return running().prometheusUrl;
  },
  "prom-client": async () => {
    const registry = new prometheus.AggregatorRegistry();
    const server = createServer((_, response) => {
      registry.clusterMetrics().then(
        (text) => response.end(text),
        (error) => response.destroy(error),
      );
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${server.address().port}/metrics`;
  },
};

const growers = {
  tachymeter: (sets) => {
    const counter = metrics.getMeter("bench").createCounter("c");
    return () => loops.addToEach(counter, sets, SERIES);
  },
  "prom-client": (sets) => {
    // Listens for the primary's questions.
    void new prometheus.AggregatorRegistry();
    const labelNames = ["method", "route", "status"];
    const counter = new prometheus.Counter({ name: "c_total", help: "c", labelNames });
    return () => loops.incEach(counter, sets, SERIES);
  },
};

if (isMainThread && cluster.isPrimary) await serve();
else record();

async function serve() {
  const url = await urls[contender]();
  const members = Array.from({ length: MEMBERS }, () =>
    kind === "cluster"
      ? cluster.fork()
      : new Worker(new URL(import.meta.url), { workerData: [contender, kind] }),
  );
  const grown = () => Promise.all(members.map((member) => once(member, "message")));
  await grown();
  process.on("message", (message) => {
    if (message === "end") void end(members);
    if (message !== "grow") return;
    void grown().then(() => process.send("grown"));
    for (const member of members) {
      if (kind === "cluster") member.send("grow");
      else member.postMessage("grow");
    }
  });
  process.send({ url });
}

async function end(members) {
  const ends = members.map((member) => once(member, "exit"));
  for (const member of members) {
    if (kind === "cluster") member.process.kill("SIGKILL");
    else void member.terminate();
  }
  await Promise.all(ends);
  process.exit();
}

function record() {
  const grow = growers[contender](attributeSets(SERIES));
  const done = (message) => (kind === "cluster" ? process.send(message) : parentPort.postMessage(message));
  const onMessage = (message) => {
    if (message !== "grow") return;
    grow();
    done("grown");
  };
  if (kind === "cluster") process.on("message", onMessage);
  else parentPort.on("message", onMessage);
  grow();
  done("grown");
}
