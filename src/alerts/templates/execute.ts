// Execution of a parsed template.
import { BUILTIN_FUNCTIONS, type TemplateFunction } from "./builtin-functions.ts";
import type { Command, Node, Nodes, Operand, ParsedTemplate, Pipeline } from "./parse.ts";
import type { SourceSpan } from "./tokens.ts";
import { TemplateError } from "./template-error.ts";
import { Entries, fieldsOf, isTrue, textOf, typeOf, type Value } from "./value.ts";

const MAX_CALLS = 50;
// Arguments and results of functions count as steps.
const CHARACTERS_OF_A_STEP = 32;

/** Input of a template. */
export interface Execution {
  readonly template: ParsedTemplate;
  readonly dot: Value;
  /** Variables that are declared before, with their `$`. */
  readonly variables: Readonly<Record<string, Value>>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** Maximum length of the text, and of each text that a function returns. */
  readonly maxCharacters: number;
  /** Maximum number of steps: they bound the time. */
  readonly maxSteps: number;
}

/** Executes a template. Throws a {@link TemplateError} if it fails or exceeds a limit. */
export function execute(execution: Execution): string {
  return new Executor(execution).run();
}

type ControlNode = Extract<Node, { readonly body: Nodes }>;

class Executor {
  readonly #execution: Execution;
  #variables: { readonly name: string; value: Value }[];
  #output = "";
  #steps = 0;
  #calls = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#variables = [
      { name: "$", value: execution.dot },
      ...Object.entries(execution.variables).map(([name, value]) => ({ name, value })),
    ];
  }

  run(): string {
    this.#nodes(this.#execution.template.nodes, this.#execution.dot);
    return this.#output;
  }

  // Returns the word that leaves the loop, if there was one.
  #nodes(nodes: Nodes, dot: Value): "break" | "continue" | undefined {
    for (const node of nodes) {
      const leave = this.#node(node, dot);
      if (leave !== undefined) return leave;
    }
    return undefined;
  }

  #node(node: Node, dot: Value): "break" | "continue" | undefined {
    this.#step();
    switch (node.kind) {
      case "text":
        this.#write(node.text);
        return undefined;
      case "action": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0)
          this.#write(value === undefined ? "<no value>" : textOf(value));
        return undefined;
      }
      case "if":
      case "with":
        return this.#scoped(() => {
          const value = this.#pipeline(node.pipeline, dot);
          const inner = node.kind === "with" && isTrue(value) ? value : dot;
          return this.#nodes(isTrue(value) ? node.body : node.otherwise, inner);
        });
      case "range":
        this.#scoped(() => this.#range(node, dot));
        return undefined;
      case "template":
        this.#template(node.name, node.pipeline, dot);
        return undefined;
      case "break":
      case "continue":
        return node.kind;
      default:
        return node satisfies never;
    }
  }

  #range({ pipeline, body, otherwise }: ControlNode, dot: Value): void {
    const value = this.#evaluate(pipeline, dot);
    const entries = entriesOf(value, pipeline, this.#execution.maxSteps);
    this.#step(entries.length);
    if (entries.length === 0) this.#nodes(otherwise, dot);
    const { variables, declares } = pipeline;
    for (const [key, entry] of entries) {
      const leave = this.#scoped(() => {
        const values = variables.length === 2 ? [key, entry] : [entry];
        for (const [i, name] of variables.entries()) this.#set(name, values[i], declares);
        return this.#nodes(body, entry);
      });
      if (leave === "break") break;
    }
  }

  #template(name: string, pipeline: Pipeline | undefined, dot: Value): void {
    const nodes = this.#execution.template.defined.get(name);
    if (nodes === undefined) throw new TemplateError(`template ${JSON.stringify(name)} not defined`);
    const inner = pipeline === undefined ? undefined : this.#pipeline(pipeline, dot);
    if (++this.#calls > MAX_CALLS) throw new TemplateError(`exceeded maximum template depth (${MAX_CALLS})`);
    const before = this.#variables;
    this.#variables = [{ name: "$", value: inner }];
    this.#nodes(nodes, inner);
    this.#variables = before;
    this.#calls--;
  }

  #scoped<Result>(run: () => Result): Result {
    const { length } = this.#variables;
    const result = run();
    this.#variables.length = length;
    return result;
  }

  #pipeline(pipeline: Pipeline, dot: Value): Value {
    const value = this.#evaluate(pipeline, dot);
    for (const name of pipeline.variables) this.#set(name, value, pipeline.declares);
    return value;
  }

  #evaluate({ commands }: Pipeline, dot: Value): Value {
    let value: Value;
    for (const [i, command] of commands.entries())
      value = this.#command(command, dot, i === 0 ? [] : [value]);
    return value;
  }

  #set(name: string, value: Value, declares: boolean): void {
    const known = declares ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.#variables.push({ name, value });
    else known.value = value;
  }

  #command({ operands, place }: Command, dot: Value, piped: readonly Value[]): Value {
    this.#step();
    const [first, ...others] = operands;
    if (first === undefined) return undefined;
    if (first.kind === "function")
      return this.#call({ name: first.name, operands: others, place, word: first.place }, dot, piped);
    if (others.length > 0 || piped.length > 0) {
      if (first.kind === "nil") throw this.#failed(first.place, "nil is not a command");
      const shown =
        first.kind === "fields"
          ? `${first.names.at(-1)} has arguments but cannot be invoked as function`
          : `non-function ${first.place.text} cannot have arguments`;
      throw this.#failed(first.place, shown);
    }
    if (first.kind === "nil") throw this.#failed(first.place, "nil is not a command");
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case "constant":
        return operand.value;
      case "nil":
        return undefined;
      case "dot":
        return dot;
      case "variable":
        return this.#variables.findLast(({ name }) => name === operand.name)?.value;
      case "function":
        return this.#call(
          { name: operand.name, operands: [], place: operand.place, word: operand.place },
          dot,
          [],
        );
      case "pipeline":
        return this.#pipeline(operand.pipeline, dot);
      case "fields":
        return operand.names.reduce(
          (value, name) => this.#field(value, name, operand.place),
          this.#operand(operand.of, dot),
        );
      default:
        return operand satisfies never;
    }
  }

  #field(value: Value, name: string, place: SourceSpan): Value {
    if (value instanceof Entries) return value.get(name);
    const fields = fieldsOf(value);
    if (fields !== undefined && Object.hasOwn(fields, name)) return fields[name];
    if (value === undefined) throw this.#failed(place, `nil data; no entry for key ${JSON.stringify(name)}`);
    throw this.#failed(place, `can't evaluate field ${name} in type ${typeOf(value)}`);
  }

  #call({ name, operands, place, word }: Call, dot: Value, piped: readonly Value[]): Value {
    if (name === "and" || name === "or") return this.#logic(name, operands, dot, piped, word);
    const known = Object.hasOwn(this.#execution.functions, name)
      ? this.#execution.functions[name]
      : BUILTIN_FUNCTIONS[name];
    if (known === undefined) throw this.#failed(word, `${JSON.stringify(name)} is not a defined function`);
    const { minArgs, maxArgs, call } = known;
    const count = operands.length + piped.length;
    if (count < minArgs || count > (maxArgs ?? Infinity)) {
      const wanted = maxArgs === undefined ? `at least ${minArgs}` : String(minArgs);
      throw this.#failed(word, `wrong number of args for ${name}: want ${wanted} got ${count}`);
    }
    const args = [...operands.map((operand) => this.#operand(operand, dot)), ...piped];
    for (const arg of args) if (typeof arg === "string") this.#step(arg.length / CHARACTERS_OF_A_STEP);
    try {
      const result = call(args);
      if (typeof result === "string") {
        this.#assertLength(result);
        this.#step(result.length / CHARACTERS_OF_A_STEP);
      }
      return result;
    } catch (error) {
      if (error instanceof PendingQuery) throw error;
      throw this.#failed(
        place,
        `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  // The first argument that decides is the result; those after it are not evaluated.
  #logic(
    name: "and" | "or",
    operands: readonly Operand[],
    dot: Value,
    piped: readonly Value[],
    place: SourceSpan,
  ): Value {
    if (operands.length + piped.length === 0)
      throw this.#failed(place, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: Value;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #write(text: string): void {
    this.#output += text;
    this.#assertLength(this.#output);
  }

  #assertLength({ length }: string): void {
    const { maxCharacters } = this.#execution;
    if (length > maxCharacters)
      throw new TemplateError(`the text is longer than ${maxCharacters} characters`);
  }

  #step(count = 1): void {
    this.#steps += count;
    const { maxSteps } = this.#execution;
    if (this.#steps > maxSteps) throw new TemplateError(`the template takes more than ${maxSteps} steps`);
  }

  #failed(place: SourceSpan, message: string): TemplateError {
    return new PlacedError(place, message);
  }
}

/** A call of a function. */
interface Call {
  readonly name: string;
  readonly operands: readonly Operand[];
  /** Place of the whole call. */
  readonly place: SourceSpan;
  /** Place of the name. */
  readonly word: SourceSpan;
}

/** An error at a place of the template. */
export class PlacedError extends TemplateError {
  readonly place: SourceSpan;

  constructor(place: SourceSpan, message: string) {
    super(message);
    this.place = place;
  }
}

function entriesOf(
  value: Value,
  { place, variables }: Pipeline,
  maxSteps: number,
): readonly (readonly [key: Value, value: Value])[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((entry, i): [Value, Value] => [BigInt(i), entry]);
  if (value instanceof Entries) return value.sorted();
  if (typeof value === "bigint" && variables.length < 2 && value <= maxSteps)
    return Array.from({ length: Number(value) }, (_, i) => [undefined, BigInt(i)]);
  throw new PlacedError(place, `range can't iterate over ${textOf(value)}`);
}

/** Thrown by a template that needs the result of a query. It is executed again with the result. */
export class PendingQuery extends Error {
  override readonly name = "PendingQuery";
  readonly expression: string;

  constructor(expression: string) {
    super("the query has not been evaluated yet");
    this.expression = expression;
  }
}
