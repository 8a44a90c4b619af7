// The operation that is executed of a document.
import { fieldOf, isObject, listIn } from "../shared/fields.ts";

/** An operation's type and name; both are `undefined` if the document has no such operation. */
export interface Operation {
  readonly type: string | undefined;
  readonly name: string | undefined;
}

const NONE: Operation = { type: undefined, name: undefined };

/** Returns the operation of the arguments of `execute`: the one that they name, or the only one. */
export function operationOf(args: unknown): Operation {
  const wanted = fieldOf(args, "operationName");
  const name = typeof wanted === "string" ? wanted : undefined;
  const operations = listIn(fieldOf(args, "document"), "definitions").filter(
    (definition) => fieldOf(definition, "kind") === "OperationDefinition",
  );
  if (name === undefined) return operations.length === 1 ? operationFrom(operations[0]) : NONE;
  const named = operations.find((operation) => operationFrom(operation).name === name);
  return named === undefined ? { type: undefined, name } : operationFrom(named);
}

function operationFrom(definition: unknown): Operation {
  if (!isObject(definition)) return NONE;
  const type = fieldOf(definition, "operation");
  const name = fieldOf(fieldOf(definition, "name"), "value");
  return {
    type: typeof type === "string" ? type : undefined,
    name: typeof name === "string" ? name : undefined,
  };
}
