/** Compiles the functions to functions/lib; resolves to the exit code of tsc. */
export function compileFunctions(): Promise<number>;
