#!/usr/bin/env node
// An old Node has to be able to read this file, so it says which Node is needed.
import { existsSync } from 'node:fs';
import * as module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isOld = major < 22 || (major === 22 && minor < 13);

// What was compiled once is not compiled again: halves the time to the banner. Node 22.1 brought it.
module.enableCompileCache?.();

const at = (path) => new URL(path, import.meta.url);
// In a checkout the sources run as they are; a package has what was built of them, beside this file.
const source = at('./commands.ts');
const built = [at('./commands.js'), at('../dist/packages/refund-form-server/bin/commands.js')].find((file) =>
  existsSync(file),
);

if (isOld) {
  console.error(`refund-form needs Node 22.13 or newer, and this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else if (process.features.typescript && existsSync(source)) await import(source.href);
else if (built) await import(built.href);
else {
  console.error(
    `refund-form: Node ${process.version} does not run TypeScript. Use Node 22.18 or newer, or run "npm run build:packages" first.`,
  );
  process.exitCode = 1;
}
