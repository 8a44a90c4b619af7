// `npm run test:apps`: real applications from npm with the packed package of the working directory, beside real PostgreSQL
// and Redis. Each runs twice without the flag and twice with it, ended by SIGTERM and by SIGINT. Their responses, output
// and ends must be the same, and the expected series must be there. Those with prom-client run with
// `tachymeter/prom-client/register`, too. Arguments select: `npm run test:apps -- directus n8n`. With `--update` the
// table goes to docs/applications.md. Applications stay installed below the folder of temporary files, with 4 GB.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { countSeries, differences, otherShapes, wrongSeries } from "./apps/compare.js";
import { install, installPackage } from "./apps/install.js";
import { runApplication } from "./apps/process.js";
import { startServices } from "./apps/services.js";
import { tableOf, updateTable } from "./apps/table.js";
import { freePort } from "./kit/free-port.js";

const NAMES = [
  "actual",
  "adonisjs",
  "apollo",
  "astro",
  "bull-board",
  "chat",
  "dd-trace",
  "directus",
  "fastify-cli",
  "feathers",
  "graphile-worker",
  "h3",
  "hapi",
  "hono",
  "http-server",
  "json-server",
  "moleculer",
  "n8n",
  "nestjs",
  "newrelic",
  "nextjs",
  "nitro",
  "node-red",
  "parse-server",
  "pm2",
  "restify",
  "sentry-10",
  "sentry-9",
  "strapi",
  "sveltekit",
  "trpc",
  "unleash",
  "verdaccio",
  "yoga",
];
const SIGNALS = ["SIGTERM", "SIGINT"];

const words = process.argv.slice(2);
const isUpdate = words.includes("--update");
const chosen = words.filter((word) => word !== "--update");
const home = mkdtempSync(join(tmpdir(), "tachymeter-apps-"));
const services = await startServices(home);
const own = installPackage(home);
const rows = [];
try {
  for (const name of chosen.length > 0 ? chosen : NAMES) rows.push(await rowOf(name));
} finally {
  await services.end();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`\n${tableOf(rows)}`);
if (isUpdate) updateTable(rows);
const failed = rows.filter(({ problems }) => problems.length > 0).length;
console.log(`\n${rows.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function rowOf(name) {
  console.log(`\n==> ${name}`);
  const { application } = await import(`./apps/applications/${name}.js`);
  /** @type {{ problems: string[] }} */
  const row = { name, application, problems: [] };
  try {
    const folder = install(own, application.folder ?? name, application);
    const modules = join(folder, application.root ?? "", "node_modules");
    const flag = pathToFileURL(join(modules, "tachymeter/dist/register.js")).href;
    // By turns, so that a busy minute of the machine falls on both.
    const [bare, flagged] = [[], []];
    for (const signal of SIGNALS) {
      for (const [runs, ...flags] of [[bare], [flagged, flag]])
        runs.push(await runApplication(application, await settings(folder, signal, ...flags)));
    }
    Object.assign(row, {
      bare,
      flagged,
      series: Math.max(...flagged.map((run) => countSeries(run.metrics))),
    });
    row.problems.push(
      ...differences(bare, flagged, application.isVarying),
      ...flagged.flatMap(({ metrics }) => wrongSeries(application.series, metrics)),
    );
    if (application.promClient !== undefined) {
      const replaced = [flag, new URL("prom-client-register.js", flag).href];
      const run = await runApplication(application, await settings(folder, "SIGTERM", ...replaced));
      row.problems.push(...otherShapes(bare[0].own, run.own));
    }
    writeFileSync(join(folder, `${name}.metrics.txt`), flagged[0].metrics);
  } catch (error) {
    row.problems.push(error.message);
  }
  for (const problem of new Set(row.problems)) console.log(`  ${problem}`);
  return row;
}

async function settings(folder, signal, ...flags) {
  const port = await freePort();
  const shared = { folder, port, services, signal };
  if (flags.length === 0) return { ...shared, flags: { words: [], environment: {} } };
  const metricsPort = await freePort();
  const environment = {
    OTEL_EXPORTER_PROMETHEUS_PORT: `${metricsPort}`,
    TACHYMETER_GROUP_DIRECTORY: join(home, `group-${port}`),
  };
  return { ...shared, metricsPort, flags: { words: flags.map((flag) => `--import=${flag}`), environment } };
}
