import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { chromium } from 'playwright';

import { createSandboxClient } from '../../mock-server/index.ts';
import type { Folder } from '../project/support/installed.ts';
import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../runner/browser.ts';
import { newProject, packed, PAYMENTS, TIMEOUT_MS, type Project, type ProviderName } from './new-project.ts';

const WRITES = {
  uqpay: {
    path: '/v2/payment/refunds',
    body: { payment_intent_id: PAYMENTS.uqpay, amount: '10.00', reason: 'Return good' },
    status: 200,
    left: '110.00',
    review: 'Refund USD 10.00',
    title: 'UQPAY',
  },
  upayments: {
    path: '/create-refund',
    body: { orderId: PAYMENTS.upayments, totalPrice: 10 },
    status: 201,
    left: '22.750',
    review: 'Refund KWD 10.000',
    title: 'UPayments',
  },
} as const;

const needsPhp = 'exit(PHP_VERSION_ID >= 80200 && extension_loaded("pdo_sqlite") && extension_loaded("curl") ? 0 : 1);';
const needsFlask = 'import flask, sys; sys.exit(sys.version_info < (3, 10))';

interface Case {
  readonly server: string;
  /** Scripts of the project, a list for each provider. The last one starts the server. */
  readonly scripts?: Readonly<Record<ProviderName, readonly string[]>>;
  readonly skip?: string | false;
}

const CASES: readonly Case[] = [
  { server: 'express' },
  { server: 'hono' },
  { server: 'next', scripts: { uqpay: ['build', 'start'], upayments: ['dev'] } },
  {
    server: 'flask',
    skip: spawnSync('python3', ['-c', needsFlask]).status !== 0 && 'this machine has no Python 3.10 with Flask',
  },
  {
    server: 'php',
    skip: spawnSync('php', ['-r', needsPhp]).status !== 0 && 'this machine has no PHP 8.2 with pdo_sqlite and curl',
  },
];

/** The page of Express is that of the other servers, too. Next has its own. */
const IN_A_BROWSER = [
  { server: 'express', provider: 'uqpay', scripts: ['start'] },
  { server: 'express', provider: 'upayments', scripts: ['start'] },
  { server: 'next', provider: 'uqpay', scripts: ['dev'] },
] as const;

let folder: Folder;
before(() => (folder = packed()));
after(() => folder.remove());

/** Loads the scripts and the styles that a page names. */
async function loadsWhatItNames(page: string, html: string): Promise<void> {
  const files = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="(\/[^"]+\.(?:js|css)\b[^"]*)"/g)];
  assert.ok(files.length > 1, html);
  for (const [, file = ''] of files) {
    const { status, headers } = await fetch(new URL(file.replaceAll('&amp;', '&'), page));
    assert.equal(status, 200, file);
    assert.match(headers.get('content-type') ?? '', file.includes('.css') ? /^text\/css/ : /javascript/, file);
  }
}

const execute = promisify(execFile);

/** Lets verify take the place of the sandbox, as the README of the project says. */
async function verified({ folder, page, sandbox }: Project, provider: ProviderName): Promise<void> {
  const command = path.join(folder, 'node_modules/.bin/refund-form');
  const flags = ['--port', new URL(sandbox).port, '--proxy-timeout', String(TIMEOUT_MS), '--strict'];
  // Meanwhile somebody has to read what the server prints, so this process must not wait for it.
  await execute(command, ['verify', `${page}/refunds/${provider}`, ...flags]).catch(
    ({ message, stdout, stderr }: Error & { stdout: string; stderr: string }) =>
      assert.fail([message, stdout, stderr].join('\n')),
  );
}

/** Sends one refund twice with one key, as a double click does, and reads the payment. */
async function refundOnce(page: string, sandbox: string, provider: ProviderName): Promise<void> {
  const { path, body, status, left } = WRITES[provider];
  const endpoint = `${page}/refunds/${provider}`;
  const send = () =>
    fetch(`${endpoint}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-refund-form': '1',
        'idempotency-key': '3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b10',
        origin: page,
      },
      body: JSON.stringify(body),
    });
  const first = await send();
  const answer = await first.text();
  assert.equal(first.status, status, answer);
  const again = await send();
  assert.deepEqual([again.headers.get('idempotent-replayed'), await again.text()], ['true', answer]);
  const summary = (await (await fetch(`${endpoint}/payments/${PAYMENTS[provider]}`)).json()) as { refundable: string };
  assert.equal(summary.refundable, left);
  const made = await createSandboxClient(sandbox).db(`${provider}_refunds`);
  assert.equal(made.length, 1);
}

/** Refunds in Chromium as a person does, until the provider has carried it out. */
async function refundInBrowser({ folder, page, sandbox }: Project, provider: ProviderName): Promise<void> {
  const { review, title } = WRITES[provider];
  const browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS });
  try {
    const tab = await browser.newPage();
    const errors: string[] = [];
    tab.on('pageerror', ({ message }) => errors.push(message));
    tab.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await tab.goto(`${page}/?payment=${PAYMENTS[provider]}`);
    const form = tab.locator('refund-form');
    await form.getByLabel('Amount', { exact: true }).fill('10.00');
    await form.getByLabel('Reason').selectOption('Returned goods');
    await form.getByRole('button', { name: 'Review refund' }).click();
    await form.getByRole('button', { name: review }).click();
    await form.getByRole('heading', { name: `${title} accepted the refund` }).waitFor();
    // As its README says, and no more: what was settled long ago would also be settled.
    const [, advance = ''] = /"advance":"(\w+)"/.exec(readFileSync(path.join(folder, 'README.md'), 'utf8')) ?? [];
    assert.equal(advance, provider === 'uqpay' ? 'PT20S' : 'PT4H');
    await createSandboxClient(sandbox).advance(advance);
    await form.getByRole('heading', { name: `${title} has carried out the refund` }).waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

describe('a project that init has written, installed and started as its README says', () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    for (const { server, scripts, skip = false } of CASES) {
      const how = scripts ? { scripts: scripts[provider] } : {};
      const title = [server, ...(how.scripts ?? []).map((script) => `npm run ${script}`), provider].join(', ');
      it(`makes one refund over HTTP, and passes every check of verify: ${title}`, { skip }, async (t) => {
        const project = await newProject(t, folder, { server, provider, ...how });
        const { page, sandbox } = project;
        const html = await (await fetch(page)).text();
        // React draws the form in browsers only: the server of Next names the payment for it.
        const names =
          server === 'next' ? PAYMENTS[provider] : `endpoint="/refunds/${provider}" payment-id="${PAYMENTS[provider]}"`;
        assert.ok(html.includes(names));
        await loadsWhatItNames(page, html);
        await refundOnce(page, sandbox, provider);
        await project.stopSandbox();
        await verified(project, provider);
      });
    }
  }

  for (const { server, provider, scripts } of IN_A_BROWSER) {
    it(`makes a refund in a browser, until it is carried out: ${server}, ${provider}`, async (t) => {
      const name = `browser-${server}-${provider}`;
      await refundInBrowser(await newProject(t, folder, { server, provider, name, scripts }), provider);
    });
  }
});
