// `npm run test:faults` is the long form of it.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf } from "../kit/address-of.ts";
import { newFolder } from "../kit/new-folder.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { Chance } from "./chance.ts";

const ROUNDS = isLong ? 200 : 5;
const ALERTS = 12;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

type Outcome = "answered" | "late" | "reset" | "refused";

/** One request, with the changes that it reports. */
interface Seen {
  readonly life: string;
  readonly outcome: Outcome;
  /** Equal for all copies of a notification. */
  readonly id: string;
  readonly states: readonly (readonly [alert: string, state: string])[];
}

const programs = join(import.meta.dirname, "programs");
const source = join(import.meta.dirname, "../../src/alerts/delivery/index.ts");
const chance = new Chance(seed);
const webhook: Seen[] = [];
const pagerduty: Seen[] = [];
// No failures, while the test waits for the end.
let isCalm = false;
let bundle: string;
let url: string;
const server = createServer((request, response) => void receive(request, response));

beforeAll(async () => {
  process.setMaxListeners(0);
  bundle = join(newFolder("alerts"), "delivery.mjs");
  const banner =
    'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';
  await build({
    entryPoints: [source],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: banner },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${addressOf(server).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  await once(request, "end");
  const outcome: Outcome = isCalm
    ? "answered"
    : chance.pick(["answered", "answered", "late", "reset", "refused"]);
  const { pathname, searchParams } = new URL(request.url ?? "", url);
  const seen =
    pathname === "/webhook"
      ? { list: webhook, life: String(request.headers["x-life"]), ...webhookStates(request, body) }
      : { list: pagerduty, life: searchParams.get("life") ?? "", ...pagerdutyStates(body) };
  // A refused notification is not noted.
  if (outcome !== "refused") seen.list.push({ ...seen, outcome });
  if (outcome === "reset") return void request.socket.destroy();
  if (outcome === "late") await new Promise((resolve) => setTimeout(resolve, chance.between(0, 30)));
  response.writeHead(outcome === "refused" ? 503 : 200).end();
}

function webhookStates(request: IncomingMessage, body: string): Pick<Seen, "id" | "states"> {
  const { alerts }: { alerts: { status: string; labels: { alertname: string } }[] } = JSON.parse(body);
  return {
    id: String(request.headers["webhook-id"]),
    states: alerts.map(({ status, labels }) => [labels.alertname, status]),
  };
}

function pagerdutyStates(body: string): Pick<Seen, "id" | "states"> {
  const event: { event_action: string; dedup_key: string } = JSON.parse(body);
  const state = event.event_action === "trigger" ? "firing" : "resolved";
  return { id: "", states: [[event.dedup_key, state]] };
}

function begin(directory: string, life: number, mode: string): RunningProcess {
  const settings = {
    bundle,
    directory,
    journal: join(directory, "rules.journal"),
    life,
    alerts: ALERTS,
    mode,
    webhook: `${url}/webhook`,
    pagerduty: `${url}/pagerduty`,
    secret: SECRET,
    seed: chance.whole(0, 2 ** 31),
  };
  return runNode({ cwd: directory, args: [join(programs, "alert-rules.js"), JSON.stringify(settings)] });
}

/** States as a receiver knows them, and what no receiver should see. */
function verdict(name: string, seen: readonly Seen[], problems: string[]): Map<string, string> {
  const view = new Map<string, string>();
  const copies = new Map<string, Seen>();
  for (const [i, each] of seen.entries()) {
    // PagerDuty knows copies by the key and the state.
    const id = each.id === "" ? `${each.states[0]?.join()}` : each.id;
    const before = copies.get(id);
    copies.set(id, each);
    const isCopy =
      before !== undefined &&
      (each.id !== "" || each.states.every(([alert, state]) => view.get(alert) === state));
    if (isCopy) {
      // The answer to the previous one was lost, by the server or with the process.
      if (before.outcome !== "reset" && before.life === each.life) {
        problems.push(`${name} ${i}: ${id} came again in life ${each.life} after it was ${before.outcome}`);
      }
      continue;
    }
    let hasNews = false;
    for (const [alert, state] of each.states) {
      const known = view.get(alert);
      if (state === "resolved" && known !== "firing")
        problems.push(`${name} ${i}: ${alert} resolved after ${known}`);
      if (known !== state) hasNews = true;
      view.set(alert, state);
    }
    if (!hasNews) problems.push(`${name} ${i}: nothing new in ${each.id} of life ${each.life}`);
  }
  return view;
}

test(
  "no alert is lost or announced twice as new, if the process is killed at any moment",
  async () => {
    const directory = newFolder("alerts");
    const problems: string[] = [];
    const kill = async (child: RunningProcess): Promise<void> => {
      child.kill("SIGKILL");
      const { signal } = await child.exit;
      if (signal !== "SIGKILL") problems.push(`not killed: ${child.stdout} ${child.stderr}`);
    };
    for (let life = 0; life < ROUNDS; life++) {
      const child = begin(directory, life, "flip");
      await child.waitForOutput(/begun/);
      await new Promise((resolve) => setTimeout(resolve, chance.between(0, 400)));
      await kill(child);
    }
    isCalm = true;
    for (const [i, mode] of ["firing", "resolved"].entries()) {
      const child = begin(directory, ROUNDS + i, mode);
      for (const [name, seen] of [
        ["webhook", webhook],
        ["pagerduty", pagerduty],
      ] as const) {
        await expect
          .poll(() => [...verdict(name, seen, []).values()].filter((state) => state === mode))
          .toHaveLength(ALERTS);
      }
      await kill(child);
    }
    verdict("webhook", webhook, problems);
    verdict("pagerduty", pagerduty, problems);
    const count = (outcome: Outcome): number =>
      [...webhook, ...pagerduty].filter((each) => each.outcome === outcome).length;
    console.log(
      `${ROUNDS} rounds: ${webhook.length} notifications and ${pagerduty.length} events, ${count("reset")} answers lost by the server; TEST_SEED=${seed}`,
    );
    expect(problems, `TEST_SEED=${seed}`).toEqual([]);
    expect(count("reset")).toBeGreaterThan(0);
  },
  isLong ? 3_600_000 : 180_000,
);
