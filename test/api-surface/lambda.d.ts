export type LambdaHandler = (...args: never[]) => unknown;
export interface LambdaOptions { readonly flushTimeout?: number; }
export type WrappedHandler<Handler extends LambdaHandler> = (...args: Parameters<Handler>) =>
    Promise<Awaited<ReturnType<Handler>>>;
export function wrapHandler<Handler extends LambdaHandler>(handler: Handler, options?: LambdaOptions):
    WrappedHandler<Handler>;
