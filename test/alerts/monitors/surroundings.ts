// Surroundings of a process that differ from those of the machine: a control group, a disk, a clock.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "vitest";
import { reapLater } from "../../kit/process.ts";
import { needs } from "../../servers/needs.ts";

const PERIOD_MICROS = 100_000;
const LOW_MICROS = 10_000;
// Version 1 has shares: 1,024 are a weight of 100 in version 2.
const SHARES_OF_WEIGHT = 10.24;
const GROUPS = "/sys/fs/cgroup";
const NAME = "tachymeter-faults";

// The SDK reads version 2. Its files have the same figures under other names: the process sees them there.
const AS_VERSION_2 = String.raw`
set -eu
for group in "$CPU" "$MEMORY"; do echo $$ > "$group/cgroup.procs"; done
folder=$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo | head -n 1)
mount -t tmpfs tmpfs "$folder"
folder="$folder$(sed -n 's/^0:://p' /proc/self/cgroup)"
mkdir -p "$folder"
echo "$CPU_MAX" > "$folder/cpu.max"
touch "$folder/cpu.stat" "$folder/memory.max" "$folder/memory.current"
mount --bind "$CPU/cpu.stat" "$folder/cpu.stat"
mount --bind "$MEMORY/memory.limit_in_bytes" "$folder/memory.max"
mount --bind "$MEMORY/memory.usage_in_bytes" "$folder/memory.current"
exec "$@"
`;

const ENTER = 'echo $$ > "$GROUP/cgroup.procs"; exec "$@"';

/** A control group of its own for a process. */
export interface ControlGroup {
  /** Command that runs its arguments in the group. */
  readonly wrapper: readonly string[];
  /** A file with the group's processor time: the content that leaves it enough, and that of a tenth of a processor. */
  readonly limit: { readonly file: string; readonly usual: string; readonly low: string };
}

/** Limits of a control group. */
export interface GroupLimits {
  /** @defaultValue 4 */
  readonly cpus?: number;
  /**
   * Weight against other work on the machine, up to 10,000. With a large one, the group's limit decides about its processor
   * time, even on a busy machine.
   *
   * @defaultValue 100
   */
  readonly weight?: number;
  /** @defaultValue 8 GiB */
  readonly memoryBytes?: number;
}

/** Makes a control group. Skips the test if that is not permitted. */
export function controlGroup(
  context: TestContext,
  { cpus = 4, weight = 100, memoryBytes = 2 ** 33 }: GroupLimits = {},
): ControlGroup {
  needsMounts(context);
  const name = `${NAME}-${randomUUID()}`;
  const usualMicros = cpus * PERIOD_MICROS;
  if (existsSync(join(GROUPS, "cpu", "cpu.shares")))
    return versionOne(name, usualMicros, weight, memoryBytes);
  const group = newGroup(join(GROUPS, name));
  writeFileSync(join(group, "memory.max"), String(memoryBytes));
  writeFileSync(join(group, "cpu.weight"), String(weight));
  const [usual, low] = [`${usualMicros} ${PERIOD_MICROS}`, `${LOW_MICROS} ${PERIOD_MICROS}`];
  const file = join(group, "cpu.max");
  writeFileSync(file, usual);
  return { wrapper: ["env", `GROUP=${group}`, "sh", "-c", ENTER, "sh"], limit: { file, usual, low } };
}

function versionOne(name: string, usualMicros: number, weight: number, memoryBytes: number): ControlGroup {
  const cpu = newGroup(join(GROUPS, "cpu", name));
  const memory = newGroup(join(GROUPS, "memory", name));
  const file = join(cpu, "cpu.cfs_quota_us");
  writeFileSync(join(cpu, "cpu.shares"), String(Math.round(weight * SHARES_OF_WEIGHT)));
  writeFileSync(join(cpu, "cpu.cfs_period_us"), String(PERIOD_MICROS));
  writeFileSync(file, String(usualMicros));
  writeFileSync(join(memory, "memory.limit_in_bytes"), String(memoryBytes));
  const variables = [`CPU=${cpu}`, `MEMORY=${memory}`, `CPU_MAX=${usualMicros} ${PERIOD_MICROS}`];
  return {
    wrapper: ["unshare", "--mount", "env", ...variables, "sh", "-c", AS_VERSION_2, "sh"],
    limit: { file, usual: String(usualMicros), low: String(LOW_MICROS) },
  };
}

// Removed after its processes have ended.
function newGroup(folder: string): string {
  mkdirSync(folder);
  reapLater(async () => {
    for (let attempt = 0; attempt < 100; attempt++)
      try {
        return rmdirSync(folder);
      } catch {
        await sleep(100);
      }
  }, "file");
  return folder;
}

/**
 * A command that runs its arguments with a small file system on `folder`, which only they see. Skips the test if nothing
 * can be mounted. The SDK reads file systems of devices only, so it has the name of one.
 */
export function ownDisk(context: TestContext, folder: string, bytes: number): readonly string[] {
  needsMounts(context);
  const mount = `mount -t tmpfs -o size=${bytes} /dev/small "${folder}"; exec "$@"`;
  return ["unshare", "--mount", "sh", "-ec", mount, "sh"];
}

/** Environment of a process whose clock a file sets: `+1h` sets it forward by an hour. Its timers are not changed. */
export function ownClock(context: TestContext, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: fakeTimeLibrary(context),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

/** Environment of a process whose clock and timers run faster. */
export function fastClock(context: TestContext, factor: number): Readonly<Record<string, string>> {
  return { LD_PRELOAD: fakeTimeLibrary(context), FAKETIME: `+0 x${factor}` };
}

/** Share of a process's limit of file descriptors. */
export function shareOfDescriptors(count: number): number {
  return count / Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
}

function fakeTimeLibrary(context: TestContext): string {
  needs(context, "faketime");
  const folders = readdirSync("/usr/lib").map((name) => join("/usr/lib", name, "faketime"));
  return join(folders.find((folder) => existsSync(folder)) ?? "", "libfaketimeMT.so.1");
}

// In continuous integration the test fails instead.
function needsMounts(context: TestContext): void {
  const { status } = spawnSync("unshare", ["--mount", "true"]);
  context.skip(status !== 0 && process.env["CI"] !== "true", "a process cannot have its own mounts here");
}
