// `tachymeter profile`: profiles of running applications, and of hostile and damaged ones.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { callTree } from "../../src/cli/profile/call-tree.ts";
import { flameGraph } from "../../src/cli/profile/flame-graph.ts";
import { treeText } from "../../src/cli/profile/tree-text.ts";
import { newFolder } from "../kit/new-folder.ts";
import { listening } from "../kit/listening.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

const PROGRAM = `
import { start } from "tachymeter";
const telemetry = start({ readers: [{ type: "prometheus", port: 0, bearerToken: "hidden" }], page: true, group: false });
await telemetry.ready;
let sum = 0;
function calculate() { ${"sum += Math.sqrt(sum + 1); ".repeat(100)} }
setInterval(() => { const end = Date.now() + 40; while (Date.now() < end) calculate(); }, 50);
console.log("serves", telemetry.prometheusUrl);
`;
const OPEN = PROGRAM.replace(', bearerToken: "hidden"', "");

async function tachymeter(...args: readonly string[]) {
  return tachymeterIn({}, ...args);
}

async function tachymeterIn(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { folder, installed } = await packedProject();
  const tool = join(installed, "dist/tachymeter.js");
  const child = runNode({ cwd: folder, args: [tool, "profile", ...args], env });
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

async function started(program: string) {
  const child = runNode({ cwd: await application({ "app.mjs": program }), args: ["app.mjs"] });
  const [, url = ""] = await child.waitForOutput(/serves (\S+)/);
  return { child, url };
}

test("a profile of a URL or a process is a tree, a file and a flame graph", async () => {
  const { child, url } = await started(OPEN);
  const output = join(newFolder("profiles"), "taken.cpuprofile");
  const [byUrl, byPid] = await Promise.all([
    tachymeter(url, "--seconds", "2", "--output", output, "--open"),
    process.platform === "linux" ? tachymeter(String(child.pid), "--seconds", "2") : undefined,
  ]);
  const line = /^ *\d+\.\d %  +\d+\.\d %  .*calculate {2}\S*app\.mjs:6$/m;
  expect(byUrl).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(line) });
  expect(byPid ?? byUrl).toMatchObject({ code: 0, stdout: expect.stringMatching(line) });
  expect(JSON.parse(readFileSync(output, "utf8"))).toHaveProperty("nodes");
  const [page = ""] = /^\S+\.html$/m.exec(byUrl.stdout) ?? [];
  expect(readFileSync(page, "utf8")).toContain(">calculate</div>");
  // The watch has ended with the profile, and the process ends as usual.
  child.kill("SIGTERM");
  await child.exit;
  expect(child.stderr).not.toMatch(/profiles|debugger/);
});

test("a protected endpoint takes no profile for a stranger, and none for another site", async () => {
  const { url } = await started(PROGRAM);
  const at = new URL("/page/profile?seconds=1", url);
  const bearer = { authorization: "Bearer hidden" };
  const status = async (headers: Record<string, string>, target = at): Promise<number> =>
    (await fetch(target, { headers })).status;
  expect(await status({})).toBe(401);
  expect(await status({ ...bearer, "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await status(bearer, new URL("/page/profile?seconds=0", url))).toBe(400);
  expect(await status(bearer, new URL("/page/profile?seconds=61", url))).toBe(400);
  expect(await status(bearer)).toBe(200);
  expect(await tachymeter(url)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no profile was taken (status 401)"),
  });
  const file = join(newFolder("token"), "token");
  writeFileSync(file, "hidden\n");
  for (const env of [
    { TACHYMETER_PROMETHEUS_BEARER_TOKEN: "hidden" },
    { TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE: file },
  ])
    expect(await tachymeterIn(env, url, "--seconds", "1")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(" total    self  function"),
    });
});

test("an application that ends amid a profile, and one without profiles, are errors", async () => {
  const { child, url } = await started(OPEN);
  const taken = tachymeter(url, "--seconds", "20");
  setTimeout(() => child.kill("SIGKILL"), 1_500);
  expect(await taken).toMatchObject({ code: 1, stdout: "" });
  const { url: off } = await started(OPEN.replace("page: true", "page: true, profiles: false"));
  expect(await tachymeter(off)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("profiles are off; see option profiles"),
  });
});

test("a response without a profile, or a too large one, is an error", async () => {
  const answers = ["[]", '{"nodes":[{"id":1}]}', "{", "x".repeat(65 * 1_024 ** 2)];
  for (const answer of answers) {
    const url = await listening(
      (_, response) => void response.setHeader("content-type", "application/json").end(answer),
    );
    const { code, stdout } = await tachymeter(url, "--seconds", "1");
    expect({ code, stdout, size: answer.length }).toEqual({ code: 1, stdout: "", size: answer.length });
  }
});

test.each([[["x"]], [[]], [["1", "2"]], [["http://127.0.0.1:1", "--seconds", "0"]]])(
  "arguments %j are invalid",
  async (args) => {
    expect((await tachymeter(...args)).code).toBe(2);
  },
);

test("hostile names are escaped in the terminal and in the flame graph, and circles are cut", () => {
  const hostile = '\u001B[2J<script>alert(1)</script>"onload=';
  const frame = { functionName: hostile, url: `file:///${hostile}.js`, lineNumber: 0 };
  const tree = callTree({
    nodes: [
      { id: 1, callFrame: { functionName: "(root)" }, children: [2] },
      { id: 2, callFrame: frame, children: [1, 2, 3, 99] },
      { id: 3, callFrame: { functionName: 7, url: 8 }, children: "x" },
    ],
    samples: [2, 3, 99],
    timeDeltas: [0, 10, 10],
  });
  const page = flameGraph(tree!);
  expect(treeText(tree!)).not.toContain("\u001B");
  expect(page).not.toContain("\u001B");
  expect(page.match(/<script>/g)).toHaveLength(1);
  expect(page).not.toMatch(/"onload=/);
  expect(treeText(tree!)).toContain("100.0 %");
});
