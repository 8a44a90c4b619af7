// Owners that are killed in real processes.
import { expect, test } from "vitest";
import { outputOf } from "../../kit/process.ts";
import { drained, filesOf, opened, record } from "./opening.ts";
import { program, said } from "./programs.ts";
import { newFolder } from "../../kit/new-folder.ts";

const appending = `
const outbox = await opened();
const body = (i) => String(i).padEnd(10 + (i * 7919) % 60_000);
for (let i = 0; ; ) {
  const group = Array.from({ length: 1 + i % 3 }, () => i++);
  await Promise.all(group.map((each) => outbox.append([record(body(each), 1e12 + each)])));
  for (const each of group) say("acknowledged " + each);
}
`;

test("acknowledged records of a killed process are kept, in order and once", async () => {
  const rounds = [1, 2, 30, 90, 200];
  await Promise.all(
    rounds.map(async (round) => {
      const directory = newFolder("outbox");
      const child = await program(appending, { directory });
      await child.waitForOutput(new RegExp(`^acknowledged ${round}$`, "m"));
      child.kill("SIGKILL");
      await child.exit;
      const acknowledged = said(child, "acknowledged").length;

      const { outbox } = await opened({ directory, maxAge: 1e9 });
      const texts = (await drained(outbox)).map((text) => text.trim());
      expect(texts.length).toBeGreaterThanOrEqual(acknowledged);
      expect(texts).toEqual(texts.map((_, i) => String(i)));
      expect(outbox.damagedRecords).toBeLessThanOrEqual(1);
    }),
  );
});

test("delivered records of a killed process are not delivered again, except the current one", async () => {
  const directory = newFolder("outbox");
  const first = await opened({ directory, maxAge: 1e9 });
  for (let i = 0; i < 2_000; i++) first.outbox.append([record(String(i), 1e12 + i)]).catch(() => {});
  await first.outbox.close();

  let next = 0;
  for (const until of [10, 300, 900]) {
    // It continues a little before it is dead, but never to the end.
    const text = `await drain(await opened(), ${until + 200}); await new Promise(() => {});`;
    const child = await program(text, { directory });
    await child.waitForOutput(new RegExp(`^got ${until}$`, "m"));
    child.kill("SIGKILL");
    await child.exit;
    const got = said(child, "got").map(Number);
    expect(got[0]).toBeGreaterThanOrEqual(next - 1);
    expect(got[0]).toBeLessThanOrEqual(next);
    expect(got).toEqual(got.map((_, i) => got[0]! + i));
    next = got.at(-1)! + 1;
  }
  const { outbox } = await opened({ directory, maxAge: 1e9 });
  const rest = (await drained(outbox)).map(Number);
  expect(rest[0]).toBeGreaterThanOrEqual(next - 1);
  expect(rest.at(-1)).toBe(1_999);
});

test("if several owners in a row die before delivery, nothing is lost and the folders stay flat", async () => {
  const directory = newFolder("outbox");
  for (let i = 0; i < 4; i++) {
    const text = `await (await opened()).append([record("${i}", 1e12 + ${i})]); say("done"); setInterval(() => {}, 1e9);`;
    const child = await program(text, { directory });
    await child.waitForOutput(/^done$/m);
    child.kill("SIGKILL");
    await child.exit;
  }
  const { outbox } = await opened({ directory, maxAge: 1e9 });
  expect(
    filesOf(directory, ".segment").map((file) => file.slice(directory.length).split("/").length),
  ).toEqual([4, 4, 4, 4]);
  expect(await drained(outbox)).toEqual(["0", "1", "2", "3"]);
});

test("records appended in an exit handler are delivered by the next process", async () => {
  const directory = newFolder("outbox");
  const text = `
    const outbox = await opened();
    process.on("exit", () => outbox.appendSync([record("last words", 1e12 + 1)]));
    void outbox.append([record("on its way", 1e12)]);
    await null;
    process.exit();`;
  await outputOf(await program(text, { directory }));
  const { outbox } = await opened({ directory, maxAge: 1e9 });
  expect(await drained(outbox)).toEqual(["on its way", "last words"]);
});

test("an open outbox keeps no process alive", async () => {
  const child = await program(`await (await opened()).append([record("a")]);`, {
    directory: newFolder("outbox"),
  });
  expect(await outputOf(child)).toBe("");
});

test.skipIf(process.platform === "win32")("a limit on the size of files is a full disk", async () => {
  const directory = newFolder("outbox");
  const text = `
    const outbox = await opened();
    for (let i = 0; i < 40; i++) await outbox.append([record(String(i).padEnd(10_000), 1e12 + i)]);
    await drain(outbox);`;
  // In blocks of 1024 bytes.
  const child = await program(text, {
    directory,
    by: ["bash", "-c", 'ulimit -f 200 && exec "$@"', "bash"],
  });
  const output = await outputOf(child);
  expect(output.match(/^got .*$/gm)).toEqual(Array.from({ length: 40 }, (_, i) => `got ${i}`));
});
