// `npm run test:faults`: 200 rounds of processes that are killed, collectors that go away and disks that fill up, and a real
// fault for each monitor.
// Arguments go to vitest; `TEST_SEED=<number>` repeats the random decisions, though not the timing of the machine.
process.env.TEST_LENGTH = "long";
process.argv.splice(2, 0, "--tests-only", "test/faults", "test/group/processes/kill");
await import("./run.js");
