// `tachymeter top` whose output is not read any more, also while it has nothing new to show.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { addressOf } from "../../kit/address-of.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { topInTerminal } from "./running-top.ts";

beforeAll(packedProject);

/** An application that is gone after its first `scrapes` responses; by default it stays. */
async function applicationUrl(scrapes = Infinity): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/metrics" ? 200 : 404, { "content-type": "text/plain" });
    response.end(`messages_sent_total ${100 * count}\n`);
    if (request.url === "/metrics" && ++count >= scrapes) response.on("close", end);
  }).listen(0, "127.0.0.1");
  const end = (): void => {
    server.closeAllConnections();
    server.close();
  };
  await once(server, "listening");
  onTestFinished(end);
  return `http://127.0.0.1:${addressOf(server).port}`;
}

async function topCommand(url: string): Promise<string[]> {
  const { installed } = await packedProject();
  return [join(installed, "dist", "tachymeter.js"), "top", url, "--interval", "200ms"];
}

// Passes everything on up to the line with a word, and is gone then.
const UNTIL = `exec 5>&1; { "\${@:2}"; echo "code $?" >&5; } | sed "/$1/q"`;

test.runIf(process.platform !== "win32").each([
  ["the application is there", Infinity, "Messages"],
  ["the application is gone", 4, "no response"],
])("it ends after the reader of a pipe while %s", async (_, scrapes, word) => {
  const args = [process.execPath, ...(await topCommand(await applicationUrl(scrapes)))];
  const { folder } = await packedProject();
  const child = runNode({ cwd: folder, command: "bash", args: ["-c", UNTIL, "bash", word, ...args] });
  await child.exit;
  expect(child.stdout).toContain("code 0\n");
  expect(child.stderr).toBe("");
  // One empty line between two texts, and none else.
  expect(child.stdout.replace(/code 0\n$/, "")).not.toMatch(/^\n|\n\n\n|\n\n$/);
});

test("it ends after the reader of a socket while the application is gone", async () => {
  const child = spawn(process.execPath, await topCommand(await applicationUrl(4)), {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  for await (const chunk of child.stdout) if ((text += String(chunk)).includes("no response")) break;
  child.stdout.destroy();
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  expect(code).toBe(0);
});

test.runIf(process.platform === "linux").each([
  ["the application is there", Infinity, /Messages +Messages/],
  ["the application is gone", 4, /NO CONNECTION/],
])("it ends with its terminal while %s", async (_, scrapes, shown) => {
  const top = await topInTerminal([await applicationUrl(scrapes), "--interval", "200ms"]);
  await top.shows(shown);
  top.lose();
  await expect.poll(() => top.isRunning).toBe(false);
});
