/** Version of this package and of all its instrumentation scopes. A test compares it with package.json. */
export const VERSION = "1.0.0";
