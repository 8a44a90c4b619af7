// Reads a store while other processes write it, and reports inconsistent data.
const { path } = JSON.parse(process.argv[2]);
const { Store } = await import("tachymeter-modules/src/history/store/index.js");
const store = Store.open({ path, readOnly: true });

console.log("begun");
const seen = new Map();
for (let reads = 1; ; reads++) {
  store.snapshot(() => {
    for (const { id } of store.find("counter")) {
      for (const series of store.series(id)) look(series);
    }
  });
  console.log(`read ${reads}`);
  // Lets the process handle the request to end.
  await new Promise((resolve) => setImmediate(resolve));
}

function look({ id, attributes, resource }) {
  const step = attributes.id + 1;
  let count = 0;
  for (const block of store.read([id], -Infinity, Infinity)) {
    const times = block.times();
    block.values().forEach((value, i) => {
      if (value !== ++count * step)
        console.log(`problem ${JSON.stringify(resource)}: ${value} at ${times[i]} is no. ${count}`);
    });
  }
  if (count < (seen.get(id) ?? 0))
    console.log(`problem ${JSON.stringify(resource)}: ${count} after ${seen.get(id)}`);
  seen.set(id, count);
}
