export { createSandboxHandlers, type HandlersOptions } from './bindings/msw.ts';
export { SandboxOptionsError } from './options-error.ts';
