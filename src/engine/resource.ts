/** Resources under upstream's interface. */
import { type Attributes, type AttributeValue, diag } from "@opentelemetry/api";
import { SDK_INFO } from "@opentelemetry/core";
import type { RawResourceAttribute, Resource } from "@opentelemetry/resources";
import { UNNAMED_SERVICE } from "./unnamed-service.ts";

/** Version of OpenTelemetry's SDK that the package contains. */
export const SDK_VERSION: string = SDK_INFO["telemetry.sdk.version"];

/** Creates a resource. Values may be promises. If a key occurs several times, its first value is used. */
export function resourceFrom(raw: Iterable<RawResourceAttribute>, schemaUrl?: string): Resource {
  return new AttributeResource([...raw], schemaUrl);
}

/** Resource of a provider without a `resource` option. */
export function defaultResource(): Resource {
  return resourceFrom([
    ["service.name", process.argv0 === "" ? UNNAMED_SERVICE : `${UNNAMED_SERVICE}:${process.argv0}`],
    ["telemetry.sdk.language", "nodejs"],
    ["telemetry.sdk.name", "opentelemetry"],
    ["telemetry.sdk.version", SDK_VERSION],
  ]);
}

class AttributeResource implements Resource {
  readonly schemaUrl?: string;
  readonly #raw: RawResourceAttribute[];
  #attributes: Attributes | undefined;
  #settling: Promise<void> | undefined;

  constructor(raw: readonly RawResourceAttribute[], schemaUrl: string | undefined) {
    if (schemaUrl !== undefined) this.schemaUrl = schemaUrl;
    this.#raw = raw.map(([key, value]) => [key, isPromise(value) ? caught(key, value) : value]);
    if (this.#raw.some(([, value]) => isPromise(value))) this.#settling = this.#settle();
  }

  get asyncAttributesPending(): boolean {
    return this.#settling !== undefined;
  }

  /** Attributes whose values are known so far. */
  get attributes(): Attributes {
    if (this.#attributes !== undefined) return this.#attributes;
    const attributes = firstValues(this.#raw);
    if (this.#settling === undefined) this.#attributes = attributes;
    return attributes;
  }

  async waitForAsyncAttributes(): Promise<void> {
    await this.#settling;
  }

  merge(other: Resource | null): Resource {
    if (other === null) return this;
    const schemaUrls = new Set([this.schemaUrl, other.schemaUrl].filter(Boolean));
    if (schemaUrls.size > 1)
      diag.warn(
        `resource: schema URLs ${[...schemaUrls].join(" and ")} differ; the merged resource has none`,
      );
    const [schemaUrl] = schemaUrls.size > 1 ? [] : schemaUrls;
    return resourceFrom([...other.getRawAttributes(), ...this.getRawAttributes()], schemaUrl);
  }

  getRawAttributes(): RawResourceAttribute[] {
    return this.#raw;
  }

  async #settle(): Promise<void> {
    for (const attribute of this.#raw) attribute[1] = await attribute[1];
    this.#settling = undefined;
  }
}

/**
 * Attributes of a resource that are known by now. Upstream's resource loses keys that each object inherits, such as
 * `valueOf`.
 */
export function attributesOf(resource: Resource): Attributes {
  return resource instanceof AttributeResource
    ? resource.attributes
    : { ...firstValues(rawAttributesOf(resource)), ...resource.attributes };
}

// A resource made by hand may lack the method.
function rawAttributesOf(resource: Partial<Resource>): readonly RawResourceAttribute[] {
  return resource.getRawAttributes?.() ?? [];
}

function firstValues(raw: readonly RawResourceAttribute[]): Attributes {
  const values = new Map<string, AttributeValue>();
  for (const [key, value] of raw) {
    if (!isPromise(value) && value !== undefined && value !== null && !values.has(key))
      values.set(key, value);
  }
  return Object.fromEntries(values);
}

type Value = RawResourceAttribute[1];

function isPromise(value: Value): value is Extract<Value, PromiseLike<unknown>> {
  return typeof value === "object" && value !== null && "then" in value;
}

async function caught(key: string, value: Value): Promise<Awaited<Value>> {
  try {
    return await value;
  } catch (error) {
    diag.debug(`resource: attribute ${key} could not be detected`, error);
    return undefined;
  }
}
