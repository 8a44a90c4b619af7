// Preloaded into `life.js`: a slow disk that writes the parts of a write in any order, as after a loss of power. The
// running operations are noted in a file, one byte each, which is read after the process was killed.
import { subscribe } from "node:diagnostics_channel";
import { openSync, promises, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout as delay } from "node:timers/promises";

const phases = ["write", "fsync", "rename", "export", "cursor"];
const { file, pauseMillis } = JSON.parse(process.env.FAULTS_DISK);
const descriptor = openSync(file, "w");
const underWay = new Uint8Array(phases.length);
writeSync(descriptor, underWay);

function mark(phase, change) {
  const position = phases.indexOf(phase);
  underWay[position] += change;
  writeSync(descriptor, underWay, position, 1, position);
}

async function during(phase, work) {
  mark(phase, 1);
  try {
    return await work();
  } finally {
    mark(phase, -1);
  }
}

const pause = (factor = 1) => delay(Math.random() * pauseMillis * factor);

const probe = await promises.open(file);
const { prototype } = probe.constructor;
await probe.close();
const { write, datasync, sync } = prototype;
const { rename } = promises;

prototype.writev = function writev(pieces, position) {
  return during("write", async () => {
    const bytes = Buffer.concat(pieces);
    const [first, middle, last] = parts(bytes.length);
    // A file with its full length, beginning and end, but without its middle, looks most like a complete one.
    const order = Math.random() < 0.5 ? [last, first, middle] : shuffled([first, middle, last]);
    for (const [i, [from, to]] of order.entries()) {
      await pause(i + 1);
      for (let at = from; at < to;) {
        const { bytesWritten } = await write.call(this, bytes, at, to - at, position + at);
        at += bytesWritten;
      }
    }
    await pause();
    return { bytesWritten: bytes.length, buffers: pieces };
  });
};

prototype.write = function writeCursor(...args) {
  return during("cursor", async () => {
    await pause();
    return write.apply(this, args);
  });
};

prototype.datasync = function slowDatasync() {
  return during("fsync", () => pause().then(() => datasync.call(this)));
};

prototype.sync = function slowSync() {
  return during("fsync", () => pause().then(() => sync.call(this)));
};

promises.rename = (from, to) =>
  during("rename", async () => {
    // The rarest operation, so it takes longest.
    await pause(4);
    await rename(from, to);
    await pause(4);
  });
syncBuiltinESMExports();

subscribe("http.client.request.start", ({ request }) => {
  mark("export", 1);
  request.once("close", () => mark("export", -1));
});

/** Three parts of a write, cut at random, as ranges of bytes. */
function parts(length) {
  const cuts = [0, Math.random() * length, Math.random() * length, length].map(Math.floor);
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((to, i) => [cuts[i], to]);
}

function shuffled(list) {
  return list
    .map((each) => ({ each, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ each }) => each);
}
