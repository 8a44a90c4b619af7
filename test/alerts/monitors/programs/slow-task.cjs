module.exports = (millis) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
