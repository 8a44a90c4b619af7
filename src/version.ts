/** This package's version: the version of every instrumentation scope of ours. A test holds it to package.json. */
export const VERSION = "0.3.0";
