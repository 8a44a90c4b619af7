// A pool's worker that does nothing.
module.exports = () => {};
