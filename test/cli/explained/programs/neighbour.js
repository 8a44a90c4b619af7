// A process on the same machine that takes all processor time that it gets.
process.once("disconnect", () => process.exit());
burn();

function burn() {
  const end = performance.now() + 200;
  while (performance.now() < end);
  setImmediate(burn);
}
