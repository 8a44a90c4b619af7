// Needs of a moved file.

/** Names that a file needs from the new module; `registry` under the names that the file has for it. */
export interface Needs {
  collector: boolean;
  readonly registries: Set<string>;
  /** Methods of prom-client's registry that the file calls, and that have no counterpart. */
  readonly registryMethods: Set<string>;
}
