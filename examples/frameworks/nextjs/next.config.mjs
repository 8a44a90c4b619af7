// The package is required from node_modules, and copied to a standalone server as a whole.
export default {
  output: "standalone",
  serverExternalPackages: ["tachymeter", "@opentelemetry/api"],
  outputFileTracingIncludes: { "/*": ["./node_modules/tachymeter/dist/**"] },
};
