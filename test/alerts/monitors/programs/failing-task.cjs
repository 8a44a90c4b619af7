module.exports = (isFaulty) => {
  if (isFaulty) throw new RangeError("no");
};
