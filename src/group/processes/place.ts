// The group of a process, found by its options and environment. Pure functions: nothing on disk is touched.
//
// A group's folder is `<directory>/<service>/v1/`. Its directory is one of these.
//
// 1. By the options, or by `TACHYMETER_GROUP_DIRECTORY`, which a parent sets for its children.
// 2. `<runtime>/tachymeter-<uid>/<name>/`, by the name of the group, or by the home of pm2.
// 3. `<runtime>/tachymeter-<uid>/<random>/`, for this process and its children.
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { isRandomId, randomId } from "../../io/random-id.ts";
import type { Environment } from "../../options/environment.ts";

/** Version of the formats in a group's folder. Other versions have other folders. */
const FORMAT = "v1";
const DIRECTORY = "TACHYMETER_GROUP_DIRECTORY";
const PARENT = "TACHYMETER_GROUP_PARENT";
const MAX_SLUG = 16;

/** Options of a group that decide its folder. */
export interface PlaceOptions {
  readonly serviceName: string;
  /** Name of the group; by default it is found by the environment. */
  readonly name?: string | undefined;
  readonly directory?: string | undefined;
}

/** The parent of a process, if it is of the same group. */
export interface ParentProcess {
  /** Name of its folder in the group's. */
  readonly id: string;
  readonly pid: number;
}

/** A group, as a process finds it. */
export interface Place {
  /** The directory by the options or the parent; `undefined` for one in the runtime directory. */
  readonly directory: string | undefined;
  /** Name of the directory in the runtime directory. */
  readonly name: string;
  /** Name of the service's folder. */
  readonly service: string;
  /** Whether only this process and its children find the group, so that it ends with them. */
  readonly isPrivate: boolean;
  readonly parent: ParentProcess | undefined;
}

/** Finds the group of a process. */
export function placeOf(options: PlaceOptions, env: Environment): Place {
  const service = folderName(options.serviceName);
  const name = options.name === undefined ? nameOfPm2(env) : folderName(options.name);
  const directory = directoryOf(options, env, name);
  return {
    directory,
    name: name ?? randomId(),
    service,
    isPrivate: name === undefined && directory === undefined,
    parent: directory !== undefined && directory === env[DIRECTORY] ? parentIn(env, service) : undefined,
  };
}

// The directory that a parent sets is complete; another one has a directory for each name.
function directoryOf(options: PlaceOptions, env: Environment, name: string | undefined): string | undefined {
  const inEnvironment = nonEmpty(env[DIRECTORY]);
  const isInherited = nonEmpty(env[PARENT]) !== undefined;
  const own = options.directory === inEnvironment && isInherited ? undefined : options.directory;
  if (own === undefined && isInherited) {
    const isOfName = options.name === undefined || basename(inEnvironment ?? "") === name;
    return isOfName ? inEnvironment : undefined;
  }
  return own === undefined || name === undefined ? own : join(own, name);
}

/** The group's folder in its directory. */
export function groupFolderIn(directory: string, { service }: Pick<Place, "service">): string {
  return join(directory, service, FORMAT);
}

/** The variables by which children find the group. */
export function variablesForChildren(
  directory: string,
  { service }: Pick<Place, "service">,
  self: ParentProcess,
): Readonly<Record<string, string>> {
  return { [DIRECTORY]: directory, [PARENT]: `${self.id}:${self.pid}:${service}` };
}

// A parent of another service is in another group.
function parentIn(env: Environment, service: string): ParentProcess | undefined {
  const parts = /^([0-9a-f]{16}):(\d{1,10}):(.+)$/.exec(env[PARENT] ?? "");
  if (parts?.[1] === undefined || parts[3] !== service) return undefined;
  return { id: parts[1], pid: Number(parts[2]) };
}

// The processes of pm2 have no common parent of ours. Applications with the same service are one group.
function nameOfPm2(env: Environment): string | undefined {
  if (nonEmpty(env["pm_id"]) === undefined) return undefined;
  return `pm2-${hash(env["PM2_HOME"] ?? env["HOME"] ?? "")}`;
}

/** A name of any characters as that of a folder: shortened for readers, and a hash of all. */
function folderName(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .slice(0, MAX_SLUG)
    .replaceAll(/^-+|-+$/g, "");
  // Sixteen hexadecimal digits are the name of a private group.
  if (slug === name && name !== "" && !isRandomId(name)) return name;
  return slug === "" ? hash(name) : `${slug}-${hash(name)}`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
