const cache = process.env['NODE_COMPILE_CACHE'];

/**
 * For the environment of a process that a test starts without the machine's own variables: it takes the types off each
 * module no more than once, as the tests themselves do (`test/run.ts`).
 */
export const COMPILED: Readonly<Record<string, string>> = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
