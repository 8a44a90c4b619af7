// A process that reads a store while others write it: says what it sees that must not be.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const { path } = JSON.parse(process.argv[2]);
const home = dirname(createRequire(import.meta.url).resolve("tachymeter/package.json"));
const { Store } = await import(pathToFileURL(join(home, "dist/src/history/store/index.js")).href);
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
  // So that it ends where it is told to.
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
