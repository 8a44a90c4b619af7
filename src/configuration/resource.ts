// Section `resource`: attributes, and the detectors that add further ones.
import { attributes as anyAttribute, text } from "../options/check.ts";
import type { RawOptions } from "../options/parser.ts";
import { any, type FileParser, texts } from "./file-parser.ts";
import { textPairs } from "./pairs.ts";

const RESOURCE = { attributes: any, attributes_list: text, schema_url: text, "detection/development": any };
const DETECTORS = ["container", "host", "os", "process", "service"];
const ENTRY = { name: text, value: any, type: text };

type Value = string | number | boolean;
const isString = (value: unknown): value is Value => typeof value === "string";
const isBoolean = (value: unknown): value is Value => typeof value === "boolean";
const isDouble = (value: unknown): value is Value => typeof value === "number";
const isInteger = (value: unknown): value is Value => Number.isSafeInteger(value);
const TYPES: Readonly<Record<string, (value: unknown) => value is Value>> = {
  string: isString,
  bool: isBoolean,
  int: isInteger,
  double: isDouble,
};
const TYPE_NAMES = Object.keys(TYPES).flatMap((name) => [name, `${name}_array`]);

/** Options of `start()` from the section. Without detectors, as the format says, nothing is detected. */
export function resourceOptions(file: FileParser, place: string, given: unknown): RawOptions {
  const fields = file.fields(place, given, RESOURCE);
  const listPlace = `${place}.attributes_list`;
  const attributes = new Map<string, unknown>(textPairs(file, listPlace, fields.attributes_list));
  for (const { place: at, value } of file.items(`${place}.attributes`, fields.attributes)) {
    const entry = file.fields(at, value, ENTRY);
    file.parser.require(at, value, ENTRY, ["name", "value"]);
    const { name, type } = entry;
    // Without a type the format expects a string, so that a version such as 1.10 keeps its zero.
    const attribute = type === undefined ? file.asWritten(`${at}.value`, entry.value) : entry.value;
    if (name === undefined || attribute === undefined) continue;
    if (isAttribute(file, at, type, attribute)) attributes.set(name, attribute);
    file.origin(`resource.${name}`, at);
  }
  file.origin("resource", place);
  const detectionPlace = `${place}.detection/development`;
  file.origin("resourceDetection", detectionPlace);
  const detection = file.fields(detectionPlace, fields["detection/development"], {
    attributes: any,
    detectors: any,
  });
  const detectors = file.items(`${detectionPlace}.detectors`, detection.detectors).flatMap((item) => {
    const detector = file.component(item.place, item.value, DETECTORS);
    return detector === undefined ? [] : [detector.name];
  });
  const keys = file.fields(`${detectionPlace}.attributes`, detection.attributes, {
    included: texts,
    excluded: texts,
  });
  return {
    resource: Object.fromEntries(attributes),
    resourceDetection: { detectors, ...keys },
    ...(fields.schema_url !== undefined && { resourceSchemaUrl: fields.schema_url }),
  };
}

function isAttribute(file: FileParser, place: string, type: string | undefined, value: unknown): boolean {
  if (type !== undefined && !TYPE_NAMES.includes(type)) {
    file.parser.problem(`${place}.type`, type, `be one of ${TYPE_NAMES.join(", ")}`);
    return false;
  }
  const holds = TYPES[type?.replace("_array", "") ?? ""];
  const isList = type?.endsWith("_array") ?? Array.isArray(value);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isRight =
    Array.isArray(value) === isList &&
    (holds === undefined ? anyAttribute.read({ value }) !== undefined : values.every((each) => holds(each)));
  if (!isRight)
    file.parser.problem(
      `${place}.value`,
      value,
      type === undefined
        ? "be a string, a number, a boolean or a list of one of these; a text of digits needs quotes"
        : `be of type ${type}; ${type === "string" ? "write it with quotes" : "correct the value or the type"}`,
    );
  return isRight;
}
