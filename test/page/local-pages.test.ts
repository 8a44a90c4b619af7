// The pages of a user's other applications on this machine.
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { findRuntimeDirectory } from "../../src/io/files/runtime-directory.ts";
import type { Peer } from "../../src/page/protocol.ts";
import { LocalPages } from "../../src/page/serving/local-pages.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode, type RunningProcess } from "../kit/process.ts";
import { EMPTY_STATUS, plainRequest, servedPage } from "./kit/served-page.ts";

beforeAll(packedProject);

const ID = "0123456789abcdef";

/** The folder of all pages, by its definition. */
function folder(): string {
  return join(findRuntimeDirectory().directory ?? "", ".pages");
}

async function listed(url: string): Promise<readonly Peer[]> {
  return JSON.parse((await plainRequest(`${url}/page/peers`)).body);
}

/** Another application with a page, which asks for a token. */
async function otherApplication(): Promise<{ readonly child: RunningProcess; readonly url: string }> {
  const cwd = await application({
    "app.mjs": `
      import { start } from "tachymeter";
      const readers = [{ type: "prometheus", port: 0, bearerToken: "the-token-of-the-other" }];
      const telemetry = start({ serviceName: "billing", readers, page: true, host: false, runtime: false });
      telemetry.health.set("database", "degraded", "slow");
      await telemetry.ready;
      console.log("page at " + new URL("/", telemetry.prometheusUrl).href);
      setInterval(() => {}, 1_000);
    `,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  const [, url = ""] = await child.waitForOutput(/^page at (\S+)/m);
  return { child, url };
}

/** A page of this process that only others see. */
function pageOf(
  self: () => ConstructorParameters<typeof LocalPages>[0] extends () => infer Page ? Page : never,
) {
  const pages = new LocalPages(self);
  onTestFinished(() => pages.end());
  return pages;
}

test("another application is listed with its state although it asks for a token, while it is blocked, and no longer once it is killed", async () => {
  const { url, telemetry } = await servedPage();
  expect(await listed(url)).toEqual([]);
  const other = await otherApplication();
  const expected = {
    url: other.url,
    isLocal: true,
    service: "billing",
    version: "",
    health: "degraded",
    firing: 0,
    pending: 0,
    members: 1,
  };
  await vi.waitFor(async () => expect(await listed(url)).toEqual([expected]), {
    timeout: 20_000,
    interval: 500,
  });
  expect(JSON.parse((await plainRequest(`${url}/page/status`)).body)).toMatchObject({ peers: 1 });
  // Only its own page shows its charts.
  expect(await plainRequest(`${url}/page/view?view=overview&from=0&peer=0`)).toMatchObject({ status: 404 });
  other.child.kill("SIGSTOP");
  await vi.waitFor(
    async () =>
      expect(await listed(url)).toEqual([
        { ...expected, problem: expect.stringMatching(/^it doesn't respond/) },
      ]),
    { timeout: 20_000, interval: 500 },
  );
  other.child.kill("SIGKILL");
  await other.child.exit;
  await vi.waitFor(async () => expect(await listed(url)).toEqual([]), { timeout: 20_000, interval: 500 });
  await telemetry.shutdown();
  await vi.waitFor(() => expect(readdirSync(folder()).length).toBeLessThanOrEqual(1));
});

test("a page that other machines can reach shows none, and is shown", async () => {
  const pages = pageOf(() => ({ ...EMPTY_STATUS, url: "http://127.0.0.1:1/" }));
  const { url } = await servedPage({
    readers: [{ type: "prometheus", port: 0, host: "0.0.0.0", bearerToken: "the-token-of-the-endpoint" }],
  });
  const headers = { authorization: "Bearer the-token-of-the-endpoint" };
  expect((await plainRequest(`${url}/page/peers`, { headers })).body).toBe("[]");
  await vi.waitFor(async () =>
    expect(await pages.list()).toMatchObject([{ url: `${url}/`, service: "shop" }]),
  );
});

test("an instance of the options is not listed a second time", async () => {
  pageOf(() => ({ ...EMPTY_STATUS, url: "http://127.0.0.1:1/" }));
  const { url } = await servedPage({ page: { peers: ["http://127.0.0.1:1"] } });
  expect(await listed(url)).toEqual([{ url: "http://127.0.0.1:1", problem: expect.any(String) }]);
});

test("the folder is for this user alone; without a private one there is no list", async () => {
  const pages = pageOf(() => undefined);
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder(), readdirSync(folder())[0] ?? "")).mode & 0o777).toBe(0o700);
  await pages.end();
  chmodSync(folder(), 0o755);
  onTestFinished(() => chmodSync(folder(), 0o700));
  const refused = pageOf(() => ({ ...EMPTY_STATUS, url: "http://127.0.0.1:1/" }));
  expect([refused.count, await refused.list(), readdirSync(folder())]).toEqual([0, [], []]);
});

test.each([
  ["nothing", ""],
  ["no JSON", "<script>"],
  ["a list", "[]"],
  ["no address", '{"service":"x"}'],
  ["a script as its address", '{"url":"javascript:alert(1)"}'],
  ["too much", `{"url":"http://127.0.0.1:1/","service":"${"x".repeat(5 * 1024 * 1024)}"}`],
])("a process that sends %s is not listed", async (_, answer) => {
  const own = join(folder(), ID);
  const pages = pageOf(() => undefined);
  mkdirSync(own, { recursive: true });
  const server = createServer((socket) => socket.on("error", () => {}).end(answer));
  server.listen(join(own, "owner"));
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    await once(server, "close");
    rmSync(own, { recursive: true });
  });
  expect(await pages.list()).toEqual([]);
  expect(pages.count).toBe(1);
});

test("what killed processes left behind is removed at a start, but not a folder that is being made, and no other files", async () => {
  pageOf(() => undefined);
  const [old, young] = [join(folder(), ID), join(folder(), ID.replace("0", "f"))];
  for (const each of [old, young]) mkdirSync(each);
  onTestFinished(() => rmSync(young, { recursive: true }));
  writeFileSync(join(folder(), "notes.txt"), "");
  utimesSync(old, 1, 1);
  const pages = pageOf(() => undefined);
  await vi.waitFor(() => expect(existsSync(old)).toBe(false));
  expect([existsSync(young), existsSync(join(folder(), "notes.txt"))]).toEqual([true, true]);
  expect(pages.count).toBe(2);
});
