export { createSandboxHandlers, type HandlersOptions } from './bindings/msw.ts';
