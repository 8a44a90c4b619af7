/** Type of an expression's value. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";
