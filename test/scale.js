// `npm run test:scale`: 1,000 processes, 50 of them real, send 2,000 series each to one VictoriaMetrics through an outage of
// ten minutes. It takes at most 30 minutes. `TEST_LENGTH=short` has 40 processes and an outage of 20 seconds: two minutes.
// `TEST_PROCESSES`, `TEST_REAL`, `TEST_SERIES`, `TEST_INTERVAL`, `TEST_OUTAGE` and `TEST_CATCH_UP` change it: see
// `test/scale/settings.ts`. Arguments go to vitest.
process.env.TEST_LENGTH = process.env.TEST_LENGTH === "short" ? "scale-short" : "scale";
process.argv.splice(2, 0, "--tests-only", "test/scale/");
await import("./run.js");
