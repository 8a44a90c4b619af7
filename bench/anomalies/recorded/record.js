// Records the metrics of real applications under a load with days and weekends. Their clock runs some hundred times faster: a
// turn stands for a minute. A file for each application goes into this folder.
//
// `npm run --silent build:bench && node bench/anomalies/recorded/record.js [--days 7] [node-red | unleash]`
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { install, installPackage } from "../../../test/apps/install.js";
import { runApplication } from "../../../test/apps/process.js";
import { startServices } from "../../../test/apps/services.js";
import { freePort } from "../../../test/kit/free-port.js";
import { Random } from "../series.js";
import { LOADS } from "./loads.js";
import { MINUTE, seriesFrom } from "./scrape.js";

const DAY_MINUTES = 1_440;
// A Monday.
const FROM = Date.UTC(2026, 9, 5) / 1_000;
const DIGITS = 3;

const { values, positionals } = parseArgs({
  options: { days: { type: "string", default: "7" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(LOADS);
const home = mkdtempSync(join(tmpdir(), "tachymeter-recorded-"));
const services = await startServices(home);
try {
  const own = installPackage(home);
  for (const name of names) await record(own, name);
} finally {
  await services.end();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

async function record(own, name) {
  const { application } = await import(`../../../test/apps/applications/${name}.js`);
  const folder = install(own, application.folder ?? name, application);
  const flag = pathToFileURL(
    join(folder, application.root ?? "", "node_modules/tachymeter/dist/register.js"),
  );
  const metricsPort = await freePort();
  const drive = async (request, context) => {
    await application.drive(request, context);
    await driven(name, context.url, metricsPort);
  };
  await runApplication(
    { ...application, drive },
    {
      folder,
      port: await freePort(),
      services,
      signal: "SIGTERM",
      flags: {
        words: [`--import=${flag.href}`],
        environment: {
          OTEL_EXPORTER_PROMETHEUS_PORT: `${metricsPort}`,
          TACHYMETER_GROUP_DIRECTORY: join(home, `group-${name}`),
        },
      },
    },
  );
}

async function driven(name, url, metricsPort) {
  const { requests, usual, series } = LOADS[name];
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const random = new Random(1);
  const minutes = Number(values.days) * DAY_MINUTES;
  const scrape = () => textOf(`http://127.0.0.1:${metricsPort}/metrics`, { agent });
  const collected = seriesFrom(series);
  collected.add(await scrape());
  for (let i = 0; i < minutes; i++) {
    const count = random.poisson(usual * shareAt(FROM + i * MINUTE));
    const chosen = Array.from({ length: count }, () => pick(random, requests));
    await Promise.all(
      chosen.map(({ path, ...options }) => textOf(url + path(random), { agent, ...options })),
    );
    collected.add(await scrape());
    if (i % DAY_MINUTES === 0) console.log(`${name}: day ${i / DAY_MINUTES} of ${values.days}`);
  }
  agent.destroy();
  const rounded = Object.fromEntries(
    Object.entries(collected.columns).map(([key, column]) => [
      key,
      column.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null)),
    ]),
  );
  const text = JSON.stringify({ application: name, from: FROM, step: MINUTE, series: rounded });
  const file = join(import.meta.dirname, `${name}.json.br`);
  writeFileSync(file, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }));
  console.log(`${file}: ${minutes} minutes, ${Object.keys(rounded).length} series`);
}

// Share of the usual load: a tenth at night, a peak in the afternoon, less on two days of the week.
function shareAt(seconds) {
  const hour = (seconds / 3_600) % 24;
  const day = Math.floor(seconds / 86_400) % 7;
  // 1 January 1970 was a Thursday.
  const isWeekend = day === 2 || day === 3;
  const height = Math.max(0, Math.sin((Math.PI * (hour - 6)) / 16));
  return 0.1 + 0.9 * height ** 1.5 * (isWeekend ? 0.4 : 1);
}

function pick(random, requests) {
  const total = requests.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.share() * total;
  return requests.find(({ weight }) => (left -= weight) < 0) ?? requests[0];
}

function textOf(url, { agent, headers = {}, method = "GET" }) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent, headers, method }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve(text)).on("error", reject);
    });
    sent.on("error", reject).end();
  });
}
