// The resource of all metrics, which describes the process.
import { randomUUID } from "node:crypto";
import { type Attributes, type AttributeValue, diag } from "@opentelemetry/api";
import type { RawResourceAttribute, Resource } from "@opentelemetry/resources";
import { defaultResource, resourceFrom } from "../engine/resource.ts";
import { anyWildcardTest } from "../options/wildcards.ts";
import { currentEnvironment, type Environment } from "../options/environment.ts";
import type { Configuration, Detector, ResourceDetection } from "../options/index.ts";
import { detectedAttributes, hostId } from "./detected-attributes.ts";
import { packagesAbove, startedProgram } from "../io/files/packages-above.ts";

// The container's id says little to most readers.
const DETECTED = ["process", "host", "os", "service"] as const satisfies readonly Detector[];
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
export function resourceOf(
  { serviceName, resource, resourceDetection, resourceSchemaUrl }: Configuration,
  groupId?: string,
): Resource {
  const program = programName(startedProgram());
  const layers: readonly Attributes[] = [
    serviceName === undefined ? {} : { "service.name": serviceName },
    resource,
    environmentAttributes(currentEnvironment()),
    program === undefined ? {} : { "service.name": program },
    { "service.instance.id": groupId ?? (instanceId ??= randomUUID()) },
  ];
  const raw = new Map<string, RawResourceAttribute[1]>();
  const all: readonly RawResourceAttribute[] = [
    ...layers.flatMap((layer) => Object.entries(layer)),
    ...detected(resourceDetection),
    ...Object.entries(defaultResource().attributes),
  ];
  for (const [key, value] of all) {
    if (!raw.has(key) && value !== null && !SECRET.has(key)) raw.set(key, value);
  }
  return resourceFrom(raw, resourceSchemaUrl);
}

// The attributes of the detectors, as far as they are wanted.
function detected({
  detectors = DETECTED,
  included,
  excluded = [],
}: ResourceDetection): RawResourceAttribute[] {
  const isIncluded = included === undefined ? () => true : anyWildcardTest(included);
  const isExcluded = anyWildcardTest(excluded);
  return [
    ...detectors.flatMap((detector) => Object.entries(detectedAttributes(detector))),
    ...(detectors.includes("host") ? [["host.id", hostId()] satisfies RawResourceAttribute] : []),
  ].filter(([key]) => isIncluded(key) && !isExcluded(key));
}

// According to the specification, one invalid pair discards the whole variable.
function environmentAttributes({
  OTEL_RESOURCE_ATTRIBUTES: text,
  OTEL_SERVICE_NAME: name,
}: Environment): Attributes {
  const serviceName: Attributes =
    name === undefined || name.trim() === "" ? {} : { "service.name": name.trim() };
  const pairs = (text ?? "").split(",").filter((pair) => pair.trim() !== "");
  try {
    return { ...Object.fromEntries(pairs.map(environmentPair)), ...serviceName };
  } catch {
    diag.warn(
      `variable OTEL_RESOURCE_ATTRIBUTES must be a list such as name1=value1,name2=value2, with "," and "=" percent-encoded, and at most ${MAX_ENVIRONMENT_LENGTH} characters in each; it was ignored`,
    );
    return serviceName;
  }
}

function environmentPair(pair: string): readonly [string, string] {
  const [key = "", value, ...others] = pair.split("=").map((text) => decodeURIComponent(text.trim()));
  const isPair = key !== "" && value !== undefined && others.length === 0;
  if (isPair && Math.max(key.length, value.length) <= MAX_ENVIRONMENT_LENGTH) return [key, value];
  throw new RangeError();
}

/** The name in the package.json nearest to the started program, if there is one. */
export function programName(program: string | undefined): AttributeValue | undefined {
  if (program === undefined) return undefined;
  for (const { name } of packagesAbove(program)) if (typeof name === "string" && name !== "") return name;
  return undefined;
}
