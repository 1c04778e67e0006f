import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

const PACKAGE = path.resolve('dist/packages');
const TSC = path.resolve('node_modules/typescript/bin/tsc');

/** A merchant's page: only the package is installed, without Node types. */
const PAGE = `
import { registerLocale, type Messages } from 'refund-form';
import type { PaymentSummary, RefundFormAttributes, RefundFormElement } from 'refund-form';
import { parseDecimal } from 'refund-form/contract';

const payment: PaymentSummary = {
  payment_id: 'P1', currency: 'KWD', captured: '1.000', refunded: '0.000', pending: '0.000', refundable: '1.000',
};
const form: RefundFormElement = document.createElement('refund-form');
form.provider = 'uqpay';
form.payment = payment;
form.reasons = [{ code: 'broken', label: 'It is broken' }];
form.messages = { editing_title: 'Give it back' };
document.body.append(form);
document.querySelector('refund-form')?.refresh();
form.addEventListener('refund-form-settled', ({ detail }) => {
  const { refundId, standing }: { refundId: string; standing: string } = detail;
  return refundId + standing;
});
document.body.addEventListener('refund-form-refused', ({ detail }) => detail.code.length);
const attributes: RefundFormAttributes = { provider: 'upayments', 'payment-id': 'O1', 'allow-third-decimal': true };
export const used = [attributes, parseDecimal('1.000', 'KWD')];

declare const french: Messages;
registerLocale({ lang: 'fr', dir: 'ltr', messages: french });
// @ts-expect-error: a language has every text
registerLocale({ lang: 'fr', dir: 'ltr', messages: {} });
// @ts-expect-error: no such provider
form.provider = 'other';
// @ts-expect-error: amounts are decimal strings
form.payment = { ...payment, captured: 1 };
// @ts-expect-error: the class is not exported, the element is defined
import { RefundForm } from 'refund-form';
`;

/** A merchant's server and its tests. */
const SERVER = `
import { createRefundProxy, SqliteLedger, uqpay, type RefundProxyOptions } from 'refund-form/proxy';
import { createRefundProxy as portable } from 'refund-form/proxy/portable';
import { createSandbox } from 'refund-form/sandbox';
import { createSandboxHandlers } from 'refund-form/sandbox/msw';
import { runVerify } from 'refund-form/verify';

const options: RefundProxyOptions = {
  provider: uqpay({ baseUrl: 'https://uqpay.example/api', clientId: 'a', apiKey: 'b' }),
  basePath: '/refunds/uqpay',
  ledger: new SqliteLedger({ file: 'refunds.sqlite' }),
  orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '1.00' }),
  authorize: async (_request, { amount = 0n }) => (amount > 100n ? { refuse: 'forbidden' } : { user: 'a' }),
};
await using sandbox = await createSandbox();
export const used = [createRefundProxy(options).fetch, portable(options).fetch, sandbox.url, createSandboxHandlers, runVerify];

// @ts-expect-error: without authorize everybody could refund
createRefundProxy({ ...options, authorize: undefined });
`;

const { dependencies } = JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-types-'));
const within = (...parts: string[]) => path.join(folder, ...parts);

/** Installs a copy of the package, so that it can import only its own dependencies. */
function install(): void {
  cpSync(PACKAGE, within('node_modules/refund-form'), { recursive: true });
  for (const name of [...Object.keys(dependencies), 'msw', '@types/node']) {
    mkdirSync(path.dirname(within('node_modules', name)), { recursive: true });
    symlinkSync(path.resolve('node_modules', name), within('node_modules', name), 'junction');
  }
  writeFileSync(within('package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(within('page.ts'), PAGE);
  writeFileSync(within('server.ts'), SERVER);
}

describe('the types of the built package', () => {
  before(install);
  after(() => rmSync(folder, { recursive: true }));

  const resolutions = [
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'nodenext', moduleResolution: 'nodenext' },
  ];
  const uses = [
    { file: 'page.ts', types: [], lib: ['ES2022', 'DOM', 'DOM.Iterable'] },
    { file: 'server.ts', types: ['node'], lib: ['ES2023', 'DOM', 'DOM.Iterable'] },
  ];
  for (const resolution of resolutions) {
    for (const { file, ...rest } of uses) {
      it(`compile a strict ${file} with ${resolution.moduleResolution}`, () => {
        const compilerOptions = {
          ...resolution,
          ...rest,
          target: 'es2022',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          exactOptionalPropertyTypes: true,
        };
        const config = within(`${resolution.moduleResolution}-${file}.json`);
        writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
        const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', config], {
          cwd: folder,
          encoding: 'utf8',
        });
        assert.deepEqual([stdout + stderr, status], ['', 0]);
      });
    }
  }
});
