// The resource of all metrics, which describes the process.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch, hostname, platform, release, userInfo } from "node:os";
import { basename, isAbsolute } from "node:path";
import { type Attributes, type AttributeValue, diag } from "@opentelemetry/api";
import type { RawResourceAttribute, Resource } from "@opentelemetry/resources";
import { defaultResource, resourceFrom } from "../engine/resource.ts";
import type { Configuration } from "../options/index.ts";
import { part } from "#on-demand";
import { packagesAbove } from "../io/files/packages-above.ts";
import { asOurs } from "../io/own-processes.ts";

// Values of the semantic conventions that differ from Node's.
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: "arm32", ppc: "ppc32", x64: "amd64" };
const SYSTEMS: Readonly<Record<string, string>> = { sunos: "solaris", win32: "windows" };
const MACHINE_IDS = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
const MAX_ENVIRONMENT_LENGTH = 255;

let instanceId: string | undefined;

// Command-line arguments may hold secrets.
const SECRET: ReadonlySet<string> = new Set(["process.command_args", "process.command_line"]);

/**
 * The resource of this process. Options override OpenTelemetry's variables, which override the program's package.json,
 * which overrides detected attributes. It always has a `service.name` and a `service.instance.id`, and never the
 * command-line arguments. `groupId` is the `service.instance.id` of the group. On Linux all attributes are known at once; elsewhere `host.id` arrives later: see
 * `waitForAsyncAttributes`.
 */
export function resourceOf({ serviceName, resource }: Configuration, groupId?: string): Resource {
  const program = programName(process.argv[1]);
  const layers: readonly Attributes[] = [
    serviceName === undefined ? {} : { "service.name": serviceName },
    resource,
    environmentAttributes(process.env),
    program === undefined ? {} : { "service.name": program },
    { "service.instance.id": groupId ?? (instanceId ??= randomUUID()) },
    processAttributes(),
    systemAttributes(),
    defaultResource().attributes,
  ];
  const raw = new Map<string, RawResourceAttribute[1]>();
  for (const [key, value] of layers.flatMap((layer) => Object.entries(layer))) {
    if (!raw.has(key) && value !== null && !SECRET.has(key)) raw.set(key, value);
  }
  if (!raw.has("host.id")) raw.set("host.id", hostId());
  return resourceFrom(raw);
}

// Without the command-line arguments, which may hold secrets, and without the title, which on Windows is the command
// line.
function processAttributes(): Attributes {
  const command = process.argv[1];
  const owner = processOwner();
  return {
    "process.pid": process.pid,
    "process.executable.name": basename(process.execPath),
    "process.executable.path": process.execPath,
    "process.runtime.version": process.versions.node,
    "process.runtime.name": "nodejs",
    "process.runtime.description": "Node.js",
    // Without a script (`node -e`) this is the first argument.
    ...(command !== undefined && isAbsolute(command) && { "process.command": command }),
    ...(owner !== undefined && { "process.owner": owner }),
  };
}

// `userInfo` throws if the user has no name, as in some containers.
function processOwner(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function systemAttributes(): Attributes {
  return {
    "os.type": SYSTEMS[platform()] ?? platform(),
    "os.version": release(),
    "host.name": hostname(),
    "host.arch": ARCHITECTURES[arch()] ?? arch(),
  };
}

// On other systems than Linux, upstream's detector starts a child process that reads the machine's id.
function hostId(): RawResourceAttribute[1] {
  if (process.platform === "linux") return MACHINE_IDS.map(trimmedFile).find((id) => id !== undefined);
  return asOurs(() => part("resources").hostDetector.detect()).attributes?.["host.id"];
}

function trimmedFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

// According to the specification, one invalid pair discards the whole variable.
function environmentAttributes({
  OTEL_RESOURCE_ATTRIBUTES: text,
  OTEL_SERVICE_NAME: name,
}: NodeJS.ProcessEnv): Attributes {
  const serviceName: Attributes =
    name === undefined || name.trim() === "" ? {} : { "service.name": name.trim() };
  try {
    const pairs = (text ?? "").split(",").filter((pair) => pair.trim() !== "");
    return { ...Object.fromEntries(pairs.map(environmentPair)), ...serviceName };
  } catch (error) {
    diag.debug("variable OTEL_RESOURCE_ATTRIBUTES was ignored", error);
    return serviceName;
  }
}

function environmentPair(pair: string): readonly [string, string] {
  const parts = pair.split("=").map((text) => decodeURIComponent(text.trim()));
  const [key, value] = parts;
  if (parts.length !== 2 || key === undefined || value === undefined || key === "") {
    throw new SyntaxError(`"${pair}" must be key=value, with "," and "=" inside them percent-encoded`);
  }
  if (Math.max(key.length, value.length) > MAX_ENVIRONMENT_LENGTH) {
    throw new RangeError(`"${pair}" must have at most ${MAX_ENVIRONMENT_LENGTH} characters on each side`);
  }
  return [key, value];
}

/** The name in the package.json nearest to the started program, if there is one. */
export function programName(program: string | undefined): AttributeValue | undefined {
  if (program === undefined) return undefined;
  for (const { name } of packagesAbove(program)) if (typeof name === "string" && name !== "") return name;
  return undefined;
}
