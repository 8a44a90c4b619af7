// Attributes of the process and the machine, by detector.
import { readFileSync } from "node:fs";
import { arch, hostname, platform, release, userInfo } from "node:os";
import { basename, isAbsolute } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import type { RawResourceAttribute } from "@opentelemetry/resources";
import { part } from "#on-demand";
import { asOurs } from "../io/own-processes.ts";
import type { Detector } from "../options/index.ts";

// Values of the semantic conventions that differ from Node's.
const ARCHITECTURES: Readonly<Record<string, string>> = { arm: "arm32", ppc: "ppc32", x64: "amd64" };
const SYSTEMS: Readonly<Record<string, string>> = { sunos: "solaris", win32: "windows" };
const MACHINE_IDS = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
// The id of a container is 64 digits: at the end of a line with version 1 of control groups, else in a mount's path.
const CONTAINER_FILES: readonly (readonly [file: string, id: RegExp])[] = [
  ["/proc/self/cgroup", /([\da-f]{64})(?:\.scope)?$/m],
  ["/proc/self/mountinfo", /\/(?:containers|overlay-containers)\/([\da-f]{64})\//],
];

/**
 * Detected attributes; all but the machine's id are known at once. `service` has those of a function of AWS Lambda, which its
 * environment names.
 */
export function detectedAttributes(detector: Detector): Attributes {
  switch (detector) {
    case "process":
      return processAttributes();
    case "host":
      return { "host.name": hostname(), "host.arch": ARCHITECTURES[arch()] ?? arch() };
    case "os":
      return { "os.type": SYSTEMS[platform()] ?? platform(), "os.version": release() };
    case "container": {
      const id = containerId();
      return id === undefined ? {} : { "container.id": id };
    }
    case "service":
      return functionAttributes(process.env);
    default:
      return detector satisfies never;
  }
}

function functionAttributes(environment: NodeJS.ProcessEnv): Attributes {
  const name = environment["AWS_LAMBDA_FUNCTION_NAME"];
  if (name === undefined || name === "") return {};
  const given: Readonly<Record<string, string | undefined>> = {
    "cloud.region": environment["AWS_REGION"],
    "faas.version": environment["AWS_LAMBDA_FUNCTION_VERSION"],
    "faas.instance": environment["AWS_LAMBDA_LOG_STREAM_NAME"],
  };
  const megabytes = Number(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]);
  return {
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    "faas.name": name,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== "")),
    ...(megabytes > 0 && { "faas.max_memory": megabytes * 1_048_576 }),
  };
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

/**
 * The machine's id. On other systems than Linux, upstream's detector starts a child process that reads it, so it arrives
 * later.
 */
export function hostId(): RawResourceAttribute[1] {
  if (process.platform === "linux") return MACHINE_IDS.map(trimmedFile).find((id) => id !== undefined);
  return asOurs(() => part("hostId").hostDetector.detect()).attributes?.["host.id"];
}

function containerId(): string | undefined {
  for (const [file, id] of CONTAINER_FILES) {
    const found = id.exec(trimmedFile(file) ?? "")?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function trimmedFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
