import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

const PACKAGES = path.resolve('dist/packages');
const TSC = path.resolve('node_modules/typescript/bin/tsc');

/** A merchant's page: only the package of the element is installed, without Node types. */
const PAGE = `
import { registerLocale, registerProvider, type Adapter, type Messages } from 'refund-form';
import type { PaymentSummary, RefundFormAttributes, RefundFormElement } from 'refund-form';
import { defineRefundForm, RefundForm } from 'refund-form/refund-form.js';
import 'refund-form/locales/ar';
import 'refund-form/locales/zh.js';

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
document.addEventListener('refund-form-unknown', ({ detail }) => detail.paymentId.length);
window.addEventListener('refund-form-load', ({ detail }) => detail.refundable.length);
const attributes: RefundFormAttributes = { provider: 'upayments', 'payment-id': 'O1', 'allow-third-decimal': true };
export const used = [attributes];

defineRefundForm('shop-refund-form');
class Mine extends RefundForm {}
const mine: RefundFormElement = new Mine();
void mine.refresh();
declare const adapter: Adapter;
registerProvider('shop', adapter);

declare const french: Messages;
registerLocale({ lang: 'fr', dir: 'ltr', messages: french });
// @ts-expect-error: a language has every text
registerLocale({ lang: 'fr', dir: 'ltr', messages: {} });
// @ts-expect-error: no such provider
form.provider = 'other';
// @ts-expect-error: amounts are decimal strings
form.payment = { ...payment, captured: 1 };
// @ts-expect-error: the class has an entry of its own
import { RefundForm as NotHere } from 'refund-form';
`;

/** A merchant's server and its tests. Packages that it may do without, such as `pg`, are not installed. */
const SERVER = `
import { createRefundProxy, SqliteLedger, uqpay, type RefundProxyOptions } from 'refund-form-server/proxy';
import { createRefundProxy as portable } from 'refund-form-server/proxy/portable';
import { createSandbox } from 'refund-form-server/sandbox';
import { createSandboxHandlers } from 'refund-form-server/msw';
import { runVerify } from 'refund-form-server/verify';
import { parseDecimal } from 'refund-form-server/contract';
import type { Provider } from 'refund-form-server/sandbox/provider';

const options: RefundProxyOptions = {
  provider: uqpay({ baseUrl: 'https://uqpay.example/api', clientId: 'a', apiKey: 'b' }),
  basePath: '/refunds/uqpay',
  ledger: new SqliteLedger({ file: 'refunds.sqlite' }),
  orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '1.00' }),
  authorize: async (_request, { amount = 0n }) => (amount > 100n ? { refuse: 'forbidden' } : { user: 'a' }),
};
await using sandbox = await createSandbox();
export const used = [createRefundProxy(options).fetch, portable(options).fetch, sandbox.url, createSandboxHandlers, runVerify, parseDecimal];
export type Own = Provider;

interface HostRequest { session: { user?: string } }
createRefundProxy<HostRequest>({
  ...options,
  authorize: async (_request, { original }) => ({ user: original?.session.user ?? 'nobody' }),
});
createRefundProxy<HostRequest>({
  ...options,
  // @ts-expect-error: the session has no such member
  authorize: async (_request, { original }) => ({ user: original?.session.name ?? 'nobody' }),
});

// @ts-expect-error: without authorize everybody could refund
createRefundProxy({ ...options, authorize: undefined });
`;

const FRAMEWORKS = `
import { createElement } from 'react';
import { RefundForm, type RefundFormProps } from 'refund-form/react';
import type {} from 'refund-form/svelte';
import type {} from 'refund-form/vue';
import type { SvelteHTMLElements } from 'svelte/elements';
import type { GlobalComponents, HTMLAttributes } from 'vue';

const props: RefundFormProps = {
  provider: 'uqpay',
  endpoint: '/refunds/uqpay',
  paymentId: 'PI1',
  allowThirdDecimal: true,
  className: 'wide',
  lang: 'ar',
  reasons: [{ code: 'broken', label: 'It is broken' }],
  ref: (form) => form?.requestSubmit(),
  onSettled: ({ detail }) => detail.refundId.length,
  onBeforeSubmit: (event) => event.detail.waitUntil(Promise.resolve()),
};
export const react = [
  <RefundForm {...props} />,
  <refund-form provider="uqpay" payment-id="PI1" hide-actions onrefund-form-settled={({ detail }) => detail.standing} />,
  createElement(RefundForm, props),
  <RefundForm {...props}>
    <p slot="support">Ask the finance team.</p>
    {'A footer'}
  </RefundForm>,
  <refund-form provider="uqpay"><p slot="support">Ask the finance team.</p></refund-form>,
  // @ts-expect-error: no such provider
  <RefundForm provider="other" />,
  // @ts-expect-error: the attribute has another name
  <refund-form paymentid="PI1" />,
  // @ts-expect-error: no such event
  <RefundForm onRefunded={() => undefined} />,
];

export const vue: InstanceType<GlobalComponents['refund-form']>['$props'] = {
  provider: 'upayments',
  paymentId: 'O1',
  'payment-id': 'O1',
  class: 'wide',
  onRefundFormSettled: ({ detail }) => detail.refundId.length,
  // @ts-expect-error: decimal strings
  payment: { captured: 1 },
};
export const inVueSlot: HTMLAttributes = { slot: 'support' };
export const svelte: SvelteHTMLElements['refund-form'] = {
  provider: 'upayments',
  'payment-id': 'O1',
  class: 'wide',
  'onrefund-form-refused': ({ detail }) => detail.code.length,
  'on:refund-form-settled': ({ detail }) => detail.refundId.length,
  // @ts-expect-error: no such event
  'onrefund-form-refunded': () => undefined,
};
`;

/** JSX of Vue, in a file of its own because a file has one kind of JSX. */
const VUE_JSX = `/** @jsxImportSource vue */
import type {} from 'refund-form/vue';

export const jsx = [
  <refund-form provider="uqpay" payment-id="PI1"><p slot="support">Ask the finance team.</p></refund-form>,
  // @ts-expect-error: no such provider
  <refund-form provider="other"><p slot="support">Ask the finance team.</p></refund-form>,
];
`;

/** The packages that a use of ours needs besides our own. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  page: [],
  frameworks: ['@types/react', 'react', 'svelte', 'vue'],
  server: ['@types/node', 'msw'],
};

const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-types-'));
const within = (...parts: string[]) => path.join(folder, ...parts);

/** Installs copies of our packages for each use, so that they can import only what the use has installed. */
function install(): void {
  const { dependencies } = JSON.parse(readFileSync(path.join(PACKAGES, 'refund-form-server/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const [use, needed] of Object.entries(NEEDED)) {
    const own = use === 'server' ? 'refund-form-server' : 'refund-form';
    cpSync(path.join(PACKAGES, own), within(use, 'node_modules', own), { recursive: true });
    for (const name of [...needed, ...(use === 'server' ? Object.keys(dependencies) : [])]) {
      mkdirSync(path.dirname(within(use, 'node_modules', name)), { recursive: true });
      symlinkSync(path.resolve('node_modules', name), within(use, 'node_modules', name), 'junction');
    }
    writeFileSync(within(use, 'package.json'), JSON.stringify({ type: 'module' }));
  }
  writeFileSync(within('page/page.ts'), PAGE);
  writeFileSync(within('frameworks/frameworks.tsx'), FRAMEWORKS);
  writeFileSync(within('frameworks/vue.tsx'), VUE_JSX);
  writeFileSync(within('server/server.ts'), SERVER);
}

describe('the types of the built packages', () => {
  before(install);
  after(() => rmSync(folder, { recursive: true }));

  const resolutions = [
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'nodenext', moduleResolution: 'nodenext' },
  ];
  const uses = [
    { file: 'page/page.ts', types: [], lib: ['ES2022', 'DOM', 'DOM.Iterable'], skipLibCheck: false },
    { file: 'server/server.ts', types: ['node'], lib: ['ES2023', 'DOM', 'DOM.Iterable'], skipLibCheck: false },
    // Their own types are not ours to check.
    {
      file: 'frameworks/vue.tsx',
      types: [],
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      skipLibCheck: true,
      jsx: 'preserve',
    },
    { file: 'frameworks/frameworks.tsx', types: [], lib: ['ES2022', 'DOM', 'DOM.Iterable'], skipLibCheck: true },
  ];
  for (const resolution of resolutions) {
    for (const { file, ...rest } of uses) {
      it(`compile a strict ${file} with ${resolution.moduleResolution}`, () => {
        const compilerOptions = {
          jsx: 'react-jsx',
          ...resolution,
          ...rest,
          target: 'es2022',
          strict: true,
          noEmit: true,
          exactOptionalPropertyTypes: true,
        };
        const config = within(path.dirname(file), `${path.basename(file)}.${resolution.moduleResolution}.json`);
        writeFileSync(config, JSON.stringify({ compilerOptions, files: [path.basename(file)] }));
        const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', config], {
          cwd: folder,
          encoding: 'utf8',
        });
        assert.deepEqual([stdout + stderr, status], ['', 0]);
      });
    }
  }
});
