#!/usr/bin/env node
// In a checkout the sources run as they are; an installed package has only what was built of them.
import { existsSync } from 'node:fs';
import * as module from 'node:module';

// What was compiled once is not compiled again: halves the time to the banner. Node 22.1 brought it.
module.enableCompileCache?.();

const source = new URL('./refund-form.ts', import.meta.url);
const built = new URL('../dist/packages/bin/refund-form.js', import.meta.url);
const installed = import.meta.url.includes('/node_modules/');

if (!installed && process.features.typescript && existsSync(source)) await import(source.href);
else if (existsSync(built)) await import(built.href);
else {
  console.error(
    `refund-form: Node ${process.version} does not run TypeScript. Use Node 22.18 or newer, or run "npm run build:packages" first.`,
  );
  process.exitCode = 1;
}
