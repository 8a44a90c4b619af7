// Who is measured: the resource of all metrics.
import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { AttributeValue } from "@opentelemetry/api";
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import type { Configuration } from "../options/index.ts";
import { asOurs } from "../io/own-processes.ts";

// Arguments of a command line hold secrets.
const LEFT_OUT: ReadonlySet<string> = new Set(["process.command_args", "process.command_line"]);

/**
 * The resource of this process: options over OpenTelemetry's variables over the program's package.json over upstream's
 * detectors. It always has a `service.name` and a `service.instance.id`, and never the command line's arguments. Some
 * attributes (`host.id`) may arrive later: see `waitForAsyncAttributes`.
 */
export function resourceOf({ serviceName, resource }: Configuration): Resource {
  const program = programName(process.argv[1]);
  const layers: readonly Resource[] = [
    resourceFromAttributes(serviceName === undefined ? {} : { "service.name": serviceName }),
    resourceFromAttributes(resource),
    detectResources({ detectors: [envDetector] }),
    resourceFromAttributes(program === undefined ? {} : { "service.name": program }),
    // Upstream has the title here, which on Windows is the whole command line.
    resourceFromAttributes({ "process.executable.name": basename(process.execPath) }),
    detectResources({ detectors: [serviceInstanceIdDetector, processDetector, osDetector] }),
    hostResource(),
    defaultResource(),
  ];
  const attributes: Record<string, ReturnType<Resource["getRawAttributes"]>[number][1]> = {};
  for (const [key, value] of layers.flatMap((layer) => layer.getRawAttributes())) {
    if (!LEFT_OUT.has(key)) attributes[key] ??= value;
  }
  // Where Node.js was given no script (`node -e`), upstream takes the first argument for the command.
  if (process.argv[1] === undefined || !isAbsolute(process.argv[1])) delete attributes["process.command"];
  return resourceFromAttributes(attributes);
}

// Off Linux, a child process is asked for the machine's id.
function hostResource(): Resource {
  const detect = (): Resource => detectResources({ detectors: [hostDetector] });
  return process.platform === "linux" ? detect() : asOurs(detect);
}

/** The name in the package.json nearest to the started program, if there is one. */
export function programName(program: string | undefined): AttributeValue | undefined {
  if (program === undefined) return undefined;
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const name = packageName(join(folder, "package.json"));
    if (name !== undefined) return name;
    if (folder === dirname(folder)) return undefined;
  }
}

function packageName(file: string): string | undefined {
  try {
    const { name }: { name?: unknown } = JSON.parse(readFileSync(file, "utf8"));
    return typeof name === "string" && name !== "" ? name : undefined;
  } catch {
    return undefined;
  }
}
