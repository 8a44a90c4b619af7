// Processes that write one store, and query it together with their live samples.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../../kit/packed-project.ts";
import { runNode, type RunningProcess } from "../../kit/process.ts";

beforeAll(packedProject);

const PROGRAM = `
  import { createInterface } from "node:readline";
  import { start } from "tachymeter";
  const telemetry = start({
    history: { path: "tachymeter.db" },
    live: { resolution: 1 },
    readers: [{ type: "prometheus", port: 0, prefix: "my" }],
    host: false,
    runtime: false,
    group: false,
    serviceName: process.argv[2],
  });
  await telemetry.ready;
  const commands = {
    add: (count, destination = "jobs") => telemetry.messaging.sent(destination, Number(count)),
    store: () => telemetry.forceFlush(),
    query: async (...words) => {
      const { series } = await telemetry.query(words.join(" "));
      const shown = series.map(({ labels, value }) => [labels.service_instance_id ?? labels.service_name ?? "", value]);
      console.log("result " + JSON.stringify(shown.sort(([a], [b]) => (a < b ? -1 : 1))));
    },
  };
  console.log("id " + telemetry.resource.attributes["service.instance.id"]);
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, ...words] = line.split(" ");
    if (command === "end") break;
    await commands[command](...words);
    console.log("done " + line);
  }
  await telemetry.shutdown();
  process.exit();
`;

const ALL = "my_messages_sent_total";

test("each process sees its own series continued by live samples, and those of the other beside them", async () => {
  const cwd = await application({ "app.mjs": PROGRAM });
  const one = await begun(cwd);
  const other = await begun(cwd);
  await one.tell("add 3");
  await other.tell("add 5");
  await one.tell("store");
  await other.tell("store");
  await one.tell("add 4");
  await expectResult(one, ALL, [
    ["", 7],
    [other.id, 5],
  ]);
  await expectResult(other, ALL, [
    ["", 5],
    [one.id, 3],
  ]);
  await expectResult(one, `${ALL}{service_instance_id="${other.id}"}`, [[other.id, 5]]);
  // The stored sample of 3 and the live ones are one series.
  await expectResult(one, `min_over_time(${ALL}{service_instance_id=""}[1h])`, [["", 3]]);
});

test("each service sees its own series continued by live samples, and those of the other beside them", async () => {
  const cwd = await application({ "app.mjs": PROGRAM });
  const shop = await begun(cwd, "shop");
  const stock = await begun(cwd, "stock");
  await shop.tell("add 3");
  await stock.tell("add 5");
  await shop.tell("store");
  await stock.tell("store");
  await shop.tell("add 4");
  const both = [
    ["", 7],
    ["stock", 5],
  ];
  await expectResult(shop, ALL, both);
  await expectResult(shop, `sum(${ALL})`, [["", 12]]);
  await expectResult(shop, `max_over_time(${ALL}[1h])`, both);
  await expectResult(shop, `min_over_time(${ALL}{service_name=""}[1h])`, [["", 3]]);
});

test("a restarted process continues the series of the one before", async () => {
  const cwd = await application({ "app.mjs": PROGRAM });
  const before = await begun(cwd);
  await before.tell("add 3");
  await before.tell("add 7 mails");
  await before.tell("end");
  await before.process.exit;
  const after = await begun(cwd);
  await after.tell("add 4");
  // The process has no mails.
  await expectResult(after, ALL, [["", 4]]);
  await expectResult(after, `sum(${ALL})`, [["", 4]]);
  await expectResult(after, `max_over_time(${ALL}[1h])`, [
    ["", 4],
    ["", 7],
  ]);
  await expectResult(after, `min_over_time(${ALL}{messaging_destination_name="jobs"}[1h])`, [["", 3]]);
});

interface Begun {
  readonly id: string;
  readonly process: RunningProcess;
  readonly tell: (line: string) => Promise<void>;
}

async function begun(cwd: string, service = "shop"): Promise<Begun> {
  const child = runNode({ cwd, args: ["app.mjs", service], openInput: true });
  const [, id = ""] = await child.waitForOutput(/^id (.*)$/m);
  let lines = 0;
  return {
    id,
    process: child,
    async tell(line) {
      child.write(`${line}\n`);
      if (line === "end") return;
      await child.waitForOutput(new RegExp(`(?:^done [^]*?){${++lines}}`, "m"));
    },
  };
}

async function expectResult(
  { process: child, tell }: Begun,
  expression: string,
  expected: readonly unknown[],
): Promise<void> {
  await expect
    .poll(
      async () => {
        await tell(`query ${expression}`);
        return JSON.parse(
          child.stdout
            .match(/^result (.*)$/gm)
            ?.at(-1)
            ?.slice("result ".length) ?? "",
        );
      },
      { timeout: 20_000 },
    )
    .toEqual(expected);
}
