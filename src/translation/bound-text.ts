/** The bound of a bucket in the one canonical text of OpenMetrics and of Prometheus 3: `1.0`, `1e+06`, `+Inf`. */
export function canonicalBound(bound: number): string {
  if (bound === Infinity) return "+Inf";
  if (bound === 0) return "0.0";
  const magnitude = Math.abs(bound);
  if (magnitude < 1e-4 || magnitude >= 1e6) {
    const [digits, exponent] = bound.toExponential().split("e");
    return `${digits}e${exponent!.replace(/^([+-])(\d)$/, "$10$2")}`;
  }
  const text = String(bound);
  return text.includes(".") ? text : `${text}.0`;
}
