export type HandlerResult<Args extends readonly unknown[], Returned> = [Returned] extends [void] ? Args extends readonly
    [unknown, unknown, (error: never, result?: infer Result) => void] ? Exclude<Result, undefined> : Returned :
    Awaited<Returned extends void ? Extract<Returned, undefined> : Returned>;
export interface LambdaOptions { readonly flushTimeout?: number; }
export function wrapHandler<Args extends unknown[], Result>(handler: (...args: Args) => PromiseLike<Result>, options?:
    LambdaOptions): (...args: Args) => Promise<Result>;
export function wrapHandler<Args extends unknown[], Returned>(handler: (...args: Args) => Returned, options?:
    LambdaOptions): (...args: Args) => Promise<HandlerResult<Args, Returned>>;
