// Memory of processes, and sizes of files, minute by minute.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const MIB = 2 ** 20;
const KIB = 1_024;
// Growth is judged in the second half of a process' life, if that is long enough. In its first hour, the process that serves
// fills its memory of the last hour.
const LEAST_MINUTES = 20;
const MAX_MIB_AN_HOUR = 5;
const MAX_FILES_MIB = 300;
const MAX_FILES = 400;

export class Growth {
  #processes = new Map();

  add(minute, processes, files) {
    for (const { name, pid, kept } of processes) {
      const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      this.#note(`${name} ${pid}, resident`, minute, (Number(kib) * KIB) / MIB);
      if (!Number.isNaN(kept)) this.#note(`${name} ${pid}, kept by its main thread`, minute, kept / MIB);
    }
    if (files.bytes > MAX_FILES_MIB * MIB || files.count > MAX_FILES)
      throw new Error(`minute ${minute}: ${files.count} files with ${files.bytes} bytes\n${files.table()}`);
  }

  #note(name, minute, mib) {
    const points = this.#processes.get(name) ?? [];
    this.#processes.set(name, points);
    points.push([minute, mib]);
  }

  table() {
    const lines = Array.from(this.#processes, ([name, points]) => {
      const tenth = Math.max(1, Math.floor(points.length / 10));
      const values = points.filter((_, i) => i % tenth === 0).map(([, mib]) => mib.toFixed(1));
      return `${name}: MiB ${values.join(" ")}; ${slopeOf(secondHalf(points)).toFixed(2)} MiB an hour`;
    });
    return lines.join("\n");
  }

  problems() {
    return [...this.#processes]
      .filter(([, points]) => points.length >= 2 * LEAST_MINUTES)
      .map(([name, points]) => [name, slopeOf(secondHalf(points))])
      .filter(([, slope]) => slope > MAX_MIB_AN_HOUR)
      .map(([name, slope]) => `${name} grows by ${slope.toFixed(1)} MiB an hour`);
  }
}

function secondHalf(points) {
  return points.slice(Math.floor(points.length / 2));
}

// The median of the slopes between all pairs (Theil and Sen), so that one collection of garbage does not matter.
function slopeOf(points) {
  const slopes = points.flatMap(([at, mib], i) =>
    points.slice(i + 1).map(([laterAt, later]) => ((later - mib) / (laterAt - at)) * 60),
  );
  return slopes.toSorted((one, other) => one - other)[Math.floor(slopes.length / 2)] ?? 0;
}

/** The files below a folder: their number, bytes, and a table by their first folder or name. */
export function filesOf(folder) {
  const groups = new Map();
  let count = 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const [group] = path.slice(folder.length + 1).split("/");
    const sum = groups.get(group) ?? { count: 0, bytes: 0 };
    groups.set(group, { count: sum.count + 1, bytes: sum.bytes + size });
    count++;
    bytes += size;
  }
  const table = () =>
    Array.from(
      groups,
      ([group, sum]) => `${group}: ${sum.count} files, ${(sum.bytes / MIB).toFixed(2)} MiB`,
    ).join("\n");
  return { count, bytes, table };
}
