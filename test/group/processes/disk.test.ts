// Disks that are full, read-only or not permitted: no call throws, and the last states stand.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallDisk } from "../../faults/small-disk.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { NETWORK, PERMISSION } from "../../kit/permission.ts";
import { outputOf } from "../../kit/process.ts";
import { program } from "./programs.ts";
import { totalIn } from "./totals.ts";

process.setMaxListeners(0);

const reporting = `
import { diag, DiagLogLevel } from "@opentelemetry/api";
diag.setLogger({ warn: (text) => say("warning " + text), error: say, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
`;

// Writes and folds at each SIGUSR2.
const onDemand = `
${reporting}
const { group, own, departed, total } = joined();
process.on("SIGUSR2", async () => {
  own.add(1);
  const isWritten = group.write(own);
  const isFolded = group.fold([], departed);
  say("did " + isWritten + " " + isFolded + " " + (await total()).total);
});
say("joined " + group.id);
forever();`;

test("on a full disk the last state stands, and all of it is written once there is space", async (context) => {
  const disk =
    smallDisk(join(newFolder("group"), "disk")) ?? context.skip("no file system can be mounted here");
  const directory = join(disk.folder, "groups");
  // Cells of 400 KB: the second file for cells does not fit.
  const child = await program(onDemand, { directory, env: { REPEATS: "50000" } });
  await child.waitForOutput(/^joined/m);
  disk.fill();
  child.kill("SIGUSR2");
  await child.waitForOutput(/^did false false 1$/m);
  expect(totalIn(join(directory, "shop", "v1"))).toBe(0);
  child.kill("SIGUSR2");
  await child.waitForOutput(/^did false false 2$/m);
  expect(child.stdout.match(/^warning .*$/gm)).toEqual([
    expect.stringMatching(/the figures of this process cannot be written \(ENOSPC.*most once a minute$/),
    expect.stringMatching(/the figures of ended processes cannot be kept \(.*full.*most once a minute$/),
  ]);
  disk.free();
  child.kill("SIGUSR2");
  await child.waitForOutput(/^did true true 3$/m);
  expect(totalIn(join(directory, "shop", "v1"))).toBe(3);
});

test("on a read-only disk no process can join", async (context) => {
  const disk =
    smallDisk(join(newFolder("group"), "disk")) ?? context.skip("no file system can be mounted here");
  execFileSync("mount", ["-o", "remount,ro", disk.folder]);
  const child = await program(`joined();`, { directory: join(disk.folder, "groups") });
  expect((await child.exit).code).toBe(1);
  expect(child.stderr).toMatch(/^Error: .*EROFS/m);
});

test.skipIf(process.platform === "win32")("a limit on the size of files is a full disk", async () => {
  const directory = newFolder("group");
  const text = `
    const { own, group } = joined();
    const big = { logFrom: () => new Uint8Array(1), cells: [new Uint8Array(1_000_000)] };
    say("big " + group.write(big));
    own.add(5);
    say("small " + group.write(own));`;
  const child = await program(text, { directory, by: ["bash", "-c", 'ulimit -f 200 && exec "$@"', "bash"] });
  expect(await outputOf(child)).toContain("big false\nsmall true\n");
  expect(totalIn(join(directory, "shop", "v1"))).toBe(5);
});

test("with the permission model, a group needs the permission to write its directory", async () => {
  const directory = newFolder("group");
  const text = `
    const group = GroupFolder.open({
      place: placeOf({ serviceName: "shop", directory }, {}),
      serviceName: "shop",
      onRole: (role) => say("role " + role),
      onMember() {}, onDeath() {}, collectNow() {},
    });
    const reason = group.reason ?? group.join();
    say("reason " + reason);
    if (reason === undefined) {
      say("write " + group.write({ logFrom: () => new Uint8Array(3), cells: [] }));
      await group.collectAll();
      say("fold " + group.fold([], { logFrom: () => new Uint8Array(3), cells: [] }));
    }`;
  const flags = [PERMISSION, ...NETWORK, "--no-warnings", "--allow-fs-read=*"];
  const permitted = await program(text, { directory, flags: [...flags, `--allow-fs-write=${directory}`] });
  expect(await outputOf(permitted)).toMatch(/role aggregator\nreason undefined\nwrite true\nfold true\n/);
  const other = newFolder("group");
  const refused = await program(text, { directory: other, flags });
  expect(await outputOf(refused)).toMatch(/^reason .*restricted/m);
  expect(existsSync(join(other, "shop"))).toBe(false);
});

test("another format version beside it is left alone", async () => {
  const directory = newFolder("group");
  mkdirSync(join(directory, "shop", "v2", "0123456789abcdef"), { recursive: true, mode: 0o700 });
  const child = await program(`const { total } = joined(); say("total " + (await total()).total);`, {
    directory,
  });
  expect(await outputOf(child)).toContain("total 0");
  expect(existsSync(join(directory, "shop", "v2", "0123456789abcdef"))).toBe(true);
});
