// Groups of one process and its children: their folders are removed with them, at once or later.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeDeserted } from "../../../src/group/processes/deserted.ts";
import { identityOf, readIdentity } from "../../../src/group/processes/identity.ts";
import { makeOwnFolder, removeAbandoned } from "../../../src/group/processes/member-folders.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { outputOf } from "../../kit/process.ts";
import { program } from "./programs.ts";

const uid = process.getuid?.();
const HOUR = 3_600_000;

const alone = `
const group = GroupFolder.open({
  place: placeOf({ serviceName: "shop" }, process.env),
  serviceName: "shop",
  instanceId: "the id",
  onRole() {}, onMember() {}, onDeath() {}, collectNow() {},
});
const exists = () => fs.existsSync(group.folder);
say("exists " + exists());
if (group.join() === undefined) say("joined " + group.identity.id + " " + exists() + " " + group.folder);
`;

test.skipIf(uid === undefined)(
  "a group is made when a process joins, and removed by its last one",
  async () => {
    const runtime = newFolder("runtime");
    const child = await program(
      `${alone} removeIfAlone(group.folder, group.id); say("exists " + exists());`,
      {
        directory: "",
        env: { XDG_RUNTIME_DIR: runtime },
      },
    );
    expect(await outputOf(child)).toMatch(/^exists false\njoined the id true .*\nexists false\n$/);
    expect(readdirSync(join(runtime, `tachymeter-${uid}`))).toEqual([]);
  },
);

test.skipIf(uid === undefined)("a group whose processes were killed is kept for an hour", async () => {
  const runtime = newFolder("runtime");
  const env = { XDG_RUNTIME_DIR: runtime };
  const dead = await program(`${alone} process.kill(process.pid, "SIGKILL");`, { directory: "", env });
  await dead.exit;
  const living = await program(`${alone} forever();`, { directory: "", env });
  const [, folder] = await living.waitForOutput(/^joined the id true (.*)$/m);
  const directory = join(runtime, `tachymeter-${uid}`);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(readdirSync(directory)).toHaveLength(2);
  await removeDeserted(directory, Date.now() + HOUR / 2);
  expect(readdirSync(directory)).toHaveLength(2);
  // The clock may have been set back.
  await removeDeserted(directory, 0);
  expect(readdirSync(directory)).toHaveLength(2);
  await removeDeserted(directory, Date.now() + 2 * HOUR);
  expect(readdirSync(directory)).toHaveLength(1);
  expect(existsSync(folder!)).toBe(true);
});

test("named groups are not removed", async () => {
  const runtime = newFolder("runtime");
  mkdirSync(join(runtime, "front", "shop", "v1"), { recursive: true });
  await removeDeserted(runtime, Date.now() + 2 * HOUR);
  expect(existsSync(join(runtime, "front", "shop", "v1"))).toBe(true);
});

test("the identity of a group is that of its first process", () => {
  const folder = newFolder("group");
  expect(readIdentity(folder)).toBeUndefined();
  const first = identityOf(folder, { id: "one", name: "front", serviceName: "shop" });
  expect(first).toEqual({ id: "one", name: "front", serviceName: "shop" });
  expect(identityOf(folder, { id: "two", name: "front", serviceName: "shop" })).toEqual(first);
  expect(readdirSync(folder)).toEqual(["group.json"]);
});

test("what a process leaves behind that dies while it joins is removed later", async () => {
  const folder = newFolder("group");
  mkdirSync(join(folder, ".new-0123456789abcdef"));
  const { lock, writer } = makeOwnFolder(folder, "fedcba9876543210", () => {});
  await removeAbandoned(folder);
  expect(readdirSync(folder).toSorted()).toEqual([".new-0123456789abcdef", "fedcba9876543210"]);
  await removeAbandoned(folder, Date.now() + HOUR);
  expect(readdirSync(folder)).toEqual(["fedcba9876543210"]);
  writer.close();
  await lock.release();
});
