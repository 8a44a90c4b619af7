/** The factor of a change, for messages: ` ×475`. Empty for infinity and NaN. */
export function factorText(factor: number): string {
  if (!Number.isFinite(factor)) return "";
  if (factor >= 100) return ` ×${Math.round(factor)}`;
  // From 100 % to 99.9 %.
  const digits = Math.abs(factor - 1) < 0.05 ? 4 : 2;
  return ` ×${Number(factor.toPrecision(digits))}`;
}
