// `npm run test:long`: the tests that have a long form, in it: 10,000 random programs, 10 million recordings. Arguments
// go to vitest; `TEST_SEED=<number>` repeats a run.
process.env.TEST_LENGTH = "long";
const chosen = process.argv.slice(2);
const longTests = ["attribute-sets", "differential", "laws", "series-lives", "soak"];
process.argv.splice(
  2,
  Infinity,
  "--tests-only",
  ...(chosen.length > 0 ? chosen : longTests.map((name) => `test/engine/${name}`)),
);
await import("./run.js");
