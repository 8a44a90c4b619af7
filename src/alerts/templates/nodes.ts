// The syntax tree of templates.

/** A part of a template that produces text or controls what follows. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: Nodes;
      readonly otherwise: Nodes;
    }
  | { readonly kind: "template"; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: "break" | "continue" };

/** Parts in their order. */
export type Nodes = readonly Node[];

/** Commands, each of which gets the result of the one before as its last argument. */
export interface Pipeline {
  /** Variables that get the result, with their `$`. */
  readonly variables: readonly string[];
  /** Whether the variables are declared, by `:=`. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
  readonly place: Place;
}

/** A function or value, and its arguments. */
export interface Command {
  /** At least one. */
  readonly operands: readonly Operand[];
  readonly place: Place;
}

/** Text of a part and its offset, for errors. */
export interface Place {
  readonly start: number;
  readonly text: string;
}

/** A value in a command. */
export type Operand = { readonly place: Place } & (
  | { readonly kind: "constant"; readonly value: string | number | bigint | boolean }
  | { readonly kind: "nil" }
  | { readonly kind: "dot" }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
  // `.a.b` of the dot, of a variable, or of a pipeline in parentheses.
  | { readonly kind: "fields"; readonly of: Operand; readonly names: readonly string[] }
);
