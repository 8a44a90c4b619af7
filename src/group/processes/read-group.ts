// Reads a group from outside: by the command line, also if none of its processes lives.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { readDeparted } from "./departed.ts";
import type { KeptFigures } from "./figures-file.ts";
import { type GroupIdentity, readIdentity } from "./identity.ts";
import { memberIds, reasonAgainstMember } from "./member-folders.ts";
import { type State, StateReader } from "./state-reader.ts";

/** The last figures of one member. */
export interface MemberFigures {
  readonly id: string;
  readonly pid: number | undefined;
  readonly timeUnixMillis: number | undefined;
  readonly state: State;
}

/** The figures of a group: each member is in exactly one of both. */
export interface GroupFigures {
  readonly identity: GroupIdentity | undefined;
  readonly departed: KeptFigures | undefined;
  readonly members: readonly MemberFigures[];
}

const MAX_TRIES = 20;

/** Reads the figures in a group's folder, also while its members write and fold them. Never throws. */
export function readGroup(folder: string): GroupFigures {
  for (let attempt = 1; ; attempt++) {
    const before = versionOfDeparted(folder);
    const figures = readOnce(folder);
    // Members may have been folded meanwhile: then they are in both, or in none.
    if (versionOfDeparted(folder) === before || attempt === MAX_TRIES) return figures;
  }
}

function readOnce(folder: string): GroupFigures {
  const stored = readDeparted(folder);
  const departed = stored === "damaged" ? undefined : stored;
  const folded = new Set(departed?.ids);
  const members = memberIds(folder).flatMap((id): readonly MemberFigures[] => {
    if (folded.has(id) || reasonAgainstMember(folder, id) !== undefined) return [];
    const reader = new StateReader(join(folder, id));
    const state = reader.read();
    return state === undefined ? [] : [{ id, pid: reader.pid, timeUnixMillis: reader.timeUnixMillis, state }];
  });
  return { identity: readIdentity(folder), departed, members };
}

// Each change is another file.
function versionOfDeparted(folder: string): string {
  const stats = lstatSync(join(folder, "departed"), { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "" : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
}
