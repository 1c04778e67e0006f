import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const PACKAGE = path.resolve('dist/packages');
const manifest = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string }>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies?: object;
};

const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: PACKAGE, encoding: 'utf8' });

describe('the built package', () => {
  it('has a file for everything that it exports and runs', () => {
    const exported = Object.values(manifest.exports).flatMap((entry) => [entry.types, entry.default]);
    for (const file of [...exported, ...Object.values(manifest.bin)]) {
      assert.ok(existsSync(path.join(PACKAGE, file)), file);
    }
  });

  it('exports what the docs import', () => {
    const script = `
      const { createRefundProxy, SqliteLedger, uqpay } = await import('refund-form/proxy');
      const portable = await import('refund-form/proxy/portable');
      const { createSandbox } = await import('refund-form/sandbox');
      const { createSandboxHandlers } = await import('refund-form/sandbox/msw');
      const { runVerify } = await import('refund-form/verify');
      const { parseDecimal } = await import('refund-form/contract');
      const found = { createRefundProxy, SqliteLedger, uqpay, createSandbox, createSandboxHandlers, runVerify, parseDecimal, portable: portable.createRefundProxy };
      console.log(Object.entries(found).filter(([, value]) => typeof value !== 'function').map(([name]) => name).join());
    `;
    assert.equal(run('--input-type=module', '--eval', script).trim(), '');
  });

  it('runs its commands', () => {
    assert.match(run('bin/refund-form.js', '--help'), /sandbox/);
    assert.match(run('bin/refund-form.js', 'sandbox', '--help'), /--port/);
  });

  it('does not install Node or dependencies that are bundled in the widget', () => {
    assert.equal(manifest.optionalDependencies, undefined);
    assert.equal('lit' in manifest.dependencies, false);
    for (const version of Object.values(manifest.dependencies)) assert.match(version, /^\d/);
  });
});
