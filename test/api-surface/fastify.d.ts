declare module "fastify" {
    interface FastifyInstance {
        telemetry: Tachymeter | undefined;
        meter: Meter;
    }
}
export interface FastifyMetricsOptions extends MetricsRoutesOptions { readonly meterName?: string; }
export interface MetricsRoutesOptions { readonly path?: string | false; readonly health?: boolean;
  readonly prometheus?: PrometheusExporter | RouteExporterOptions; }
export type RouteExporterOptions = Omit<PrometheusExporterOptions, "host" | "port" | "endpoint" | "preventServerStart" |
    "allowedHosts" | "tls">;
export const fastifyMetrics: FastifyPluginAsync<FastifyMetricsOptions>;
