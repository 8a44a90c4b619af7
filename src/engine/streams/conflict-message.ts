/** What is told where two instruments or views would make one metric, and the view that would mend it. */
import { ValueType } from "@opentelemetry/api";
import type { InstrumentDescriptor } from "../instruments/descriptor.ts";

/**
 * @param existing the stream that was there first.
 * @param added the stream that came with `instrument`.
 */
export function conflictMessage(
  existing: InstrumentDescriptor,
  added: InstrumentDescriptor,
  instrument: InstrumentDescriptor,
): string {
  const differences = differencesOf(existing, added);
  const what =
    differences.length > 0
      ? `it was registered before with ${differences.join(" and ")}`
      : "another view or instrument makes a metric of the same name";
  return `instrument "${added.name}": ${what}; ${remedy(existing, added, instrument)}`;
}

function differencesOf(existing: InstrumentDescriptor, added: InstrumentDescriptor): string[] {
  const differences: string[] = [];
  if (existing.name !== added.name) differences.push(`the name "${existing.name}", which is kept`);
  if (existing.type !== added.type) differences.push(`kind ${existing.type}, which is ${added.type} now`);
  if (existing.unit !== added.unit) differences.push(`unit "${existing.unit}", which is "${added.unit}" now`);
  if (existing.valueType !== added.valueType)
    differences.push(
      `value type ${ValueType[existing.valueType]}, which is ${ValueType[added.valueType]} now`,
    );
  if (existing.description !== added.description)
    differences.push(
      `description ${JSON.stringify(existing.description)}, which is ${JSON.stringify(added.description)} now`,
    );
  return differences;
}

function remedy(
  existing: InstrumentDescriptor,
  added: InstrumentDescriptor,
  instrument: InstrumentDescriptor,
): string {
  const selector = { instrumentName: instrument.name };
  if (existing.type !== added.type)
    return `give one another name by a view: ${shownView({ ...selector, instrumentType: added.type, name: `${added.name}.2` })}`;
  if (existing.unit !== added.unit)
    return `give one another name by a view: ${shownView({ ...selector, instrumentUnit: added.unit, name: `${added.name}.2` })}`;
  // No view can tell these two apart.
  if (existing.valueType !== added.valueType)
    return "create both with one value type, or give one another name";
  if (existing.description !== added.description)
    return `the longer description is used; give it one by a view: ${shownView({ ...selector, description: existing.description })}`;
  if (existing.name !== added.name) return `create both as "${existing.name}"`;
  return `give one another name by a view: ${shownView({ ...selector, name: `${added.name}.2` })}`;
}

function shownView(view: Readonly<Record<string, string>>): string {
  const parts = Object.entries(view).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${parts.join(", ")} }`;
}
