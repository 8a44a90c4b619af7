export function InjectMeter(name?: string): ParameterDecorator & PropertyDecorator;
export function InjectTelemetry(): ParameterDecorator & PropertyDecorator;
export class TachymeterHealthIndicator { isHealthy(key?: string): Promise<TachymeterHealthResult>; }
export interface TachymeterHealthResult {
  readonly [key: string]: { readonly status: "up" | "down"; readonly health: HealthStatus; readonly components:
    Readonly<Record<string, HealthStatus>>; };
  }
export class TachymeterModule { static forRoot(options?: TachymeterModuleOptions): DynamicModule;
  static forFeature(...meterNames: readonly string[]): DynamicModule; }
export interface TachymeterModuleOptions extends MetricsRoutesOptions { readonly meterName?: string; }
export function Timed(name?: string, tags?: Labels): MethodDecorator;
export function meterToken(name?: string): symbol;
