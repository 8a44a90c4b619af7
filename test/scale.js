// `npm run test:scale`: 1,000 processes, 50 of them real, send 2,000 series each to one VictoriaMetrics through an outage of
// ten minutes. It takes at most 30 minutes. `TEST_LENGTH=short` has 60 processes and an outage of 30 seconds, and takes three minutes.
// Arguments go to vitest; `TEST_PROCESSES=<number>` changes the number of processes.
process.env.TEST_LENGTH = process.env.TEST_LENGTH === "short" ? "scale-short" : "scale";
process.argv.splice(2, 0, "--tests-only", "test/scale");
await import("./run.js");
