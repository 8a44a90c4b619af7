// The directory that processes share: the first that is local, private and writable.
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  findRuntimeDirectory,
  makePrivateFolder,
  reasonAgainstDirectory,
  type System,
  thisSystem,
} from "../../../src/io/files/runtime-directory.ts";
import { newFolder } from "../../kit/new-folder.ts";

const TMPFS = 0x01021994;
const uid = process.getuid?.();

function system(runtime: string, changes: Partial<System> = {}): System {
  return {
    platform: "linux",
    env: { XDG_RUNTIME_DIR: runtime },
    uid,
    fileSystemType: () => TMPFS,
    ...changes,
  };
}

test("it is in the user's runtime directory, and nothing is created", () => {
  const runtime = newFolder("runtime");
  expect(findRuntimeDirectory(system(runtime))).toEqual({ directory: join(runtime, `tachymeter-${uid}`) });
  expect(readdirSync(runtime)).toEqual([]);
});

test("on this machine there is one", () => {
  expect(findRuntimeDirectory(thisSystem()).directory).toBeTypeOf("string");
});

test.runIf(process.platform === "linux")("without a runtime directory it is in shared memory", () => {
  expect(findRuntimeDirectory(system("relative"))).toEqual({ directory: `/dev/shm/tachymeter-${uid}` });
  expect(findRuntimeDirectory(system("", { env: {} }))).toEqual({ directory: `/dev/shm/tachymeter-${uid}` });
});

test.runIf(process.platform === "linux")(
  "a process of a login has the same one as others of its user",
  () => {
    const runtime = "/run/user/1000";
    expect(findRuntimeDirectory(system(runtime))).toEqual({ directory: `/dev/shm/tachymeter-${uid}` });
    expect(findRuntimeDirectory(system(runtime, { fileSystemType: () => 0x6969 }))).toMatchObject({
      refusals: [{ directory: "/dev/shm" }, { directory: runtime }, { directory: tmpdir() }],
    });
  },
);

test("on Windows it is in the user's folder for temporary files", () => {
  const folder = newFolder("windows");
  mkdirSync(join(folder, "Temp"));
  const windows = system("", { platform: "win32", uid: undefined, env: { LOCALAPPDATA: folder } });
  expect(findRuntimeDirectory(windows).directory).toContain(join(folder, "Temp", "tachymeter-"));
});

test.each([
  [0x6969, "NFS"],
  [0xff534d42 | 0, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x65735546, "FUSE"],
])("a file system of type %i (%s) is refused", (type, name) => {
  const runtime = newFolder("runtime");
  const fileSystemType = (path: string) => (path === runtime ? type : TMPFS);
  expect(findRuntimeDirectory(system(runtime, { fileSystemType })).directory).not.toContain(runtime);
  expect(reasonAgainstDirectory(join(runtime, "not", "there"), system("", { fileSystemType }))).toBe(
    `is on a file system that is not local (${name})`,
  );
});

test("without a usable directory, every reason is returned", () => {
  const runtime = join(newFolder("runtime"), "absent");
  const found = findRuntimeDirectory(system(runtime, { platform: "darwin", fileSystemType: () => 0x6969 }));
  expect(found.directory).toBe(join(tmpdir(), `tachymeter-${uid}`));
  const refused = findRuntimeDirectory(system(runtime, { fileSystemType: () => 0x6969 }));
  expect(refused).toMatchObject({
    directory: undefined,
    refusals: [
      { directory: runtime, reason: "does not exist" },
      { directory: "/dev/shm" },
      { directory: tmpdir(), reason: "is on a file system that is not local (NFS)" },
    ],
  });
});

const canChown = process.getuid?.() === 0;

test.runIf(canChown)("a folder of another user is refused", () => {
  const runtime = newFolder("runtime");
  const own = join(runtime, `tachymeter-${uid}`);
  mkdirSync(own, { mode: 0o700 });
  chownSync(own, 4_242, 4_242);
  expect(findRuntimeDirectory(system(runtime)).directory).not.toContain(runtime);
  expect(makePrivateFolder(own)).toBe(`${own} belongs to another user (uid 4242)`);
  expect(reasonAgainstDirectory(own)).toBe(`${own} belongs to another user (uid 4242)`);
});

test.skipIf(uid === undefined)("links, files and folders open to others are refused", () => {
  const folder = newFolder("runtime");
  symlinkSync(folder, join(folder, "link"));
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "open"));
  chmodSync(join(folder, "open"), 0o750);
  const reasons = ["link", "file", "open"].map((name) => makePrivateFolder(join(folder, name)));
  expect(reasons).toEqual([
    `${join(folder, "link")} is a symbolic link`,
    `${join(folder, "file")} is not a folder`,
    `${join(folder, "open")} is open to other users; remove it or set its mode to 0700`,
  ]);
});

test.skipIf(uid === undefined)("a folder is made with its parents, for this user only", () => {
  const folder = join(newFolder("runtime"), "a", "b");
  expect(makePrivateFolder(folder)).toBeUndefined();
  expect(makePrivateFolder(folder)).toBeUndefined();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
