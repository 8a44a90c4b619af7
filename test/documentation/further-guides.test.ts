import { documents, testExamples } from "./examples.ts";

// Two files, so that they are tested side by side.
testExamples(documents().filter((name) => name.startsWith("docs/") && name >= "docs/h"));
