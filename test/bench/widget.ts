import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { chromium, type Browser, type CDPSession, type Page } from 'playwright';
import { build } from 'vite';

import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { claim, progress } from './claims.ts';
import { median, ROUNDS } from './load.ts';
import { MachineLoad } from './machine-load.ts';
import { serveContenders, type Contender, type WidgetServer } from './widget-server.ts';

const PEER = path.join(import.meta.dirname, 'widget-peer');
const PEER_PACKAGE = path.join(PEER, 'node_modules/@justifi/webcomponents');
const CONFIG = path.join(import.meta.dirname, '../../vite.config.ts');

/** How much slower than this machine the page runs, as Lighthouse does for a phone. */
const SLOWDOWN = 4;
const FORMS = 20;
/** What an admin types: an amount, corrected twice, and a note. */
const AMOUNT_KEYS = [...'12500', ...Array.from({ length: 3 }, () => 'Backspace'), ...'750'];
const NOTE_KEYS = [...'returned the blue one, box opened'];

interface Typing {
  /** Milliseconds of work in the page's main thread for each key. */
  readonly perKey: number;
  /** Milliseconds in tasks of 50 ms and longer, of all keys. */
  readonly longTasks: number;
}

/**
 * What no form can do without: an element that reads the payment and the abilities of the proxy, and draws two plain
 * fields, without a library, a style or a check.
 */
const BARE_ELEMENT = `customElements.define('refund-form', class extends HTMLElement {
  async connectedCallback() {
    const root = this.attachShadow({ mode: 'open' });
    const [{ refundable }] = await Promise.all(['payments/PI1', ''].map(async (path) => (await fetch('/refunds/' + path)).json()));
    root.innerHTML = '<p>' + refundable + '</p><input id="amount"><textarea id="note"></textarea>';
  }
});`;

/**
 * Compares the built form with JustiFi's published refund component and with a bare element: start, memory and typing, in
 * one run.
 */
export async function measureWidget(): Promise<void> {
  install();
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-bench-'));
  const load = new MachineLoad();
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    // The peer asks npm's registry for its newest version, which must not count.
    args: [...CHROMIUM_ARGS, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'],
  });
  try {
    const contenders = await contendersIn(folder);
    const server = await serveContenders(contenders);
    try {
      await compareStart(browser, server, contenders);
      await compareMemory(browser, server, contenders);
      await compareTyping(browser, server, contenders);
    } finally {
      await server.close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  load.tell('widget');
}

type Contenders = readonly [ours: Contender, theirs: Contender, bare: Contender];

/** Ours and theirs as one minified file with everything in it, from the same bundler. */
async function contendersIn(folder: string): Promise<Contenders> {
  const [own, peer] = [path.join(folder, 'own'), path.join(folder, 'peer')];
  await build({ configFile: CONFIG, mode: 'widget', logLevel: 'error', build: { outDir: own } });
  const entry = path.join(PEER, 'entry.js');
  const names = ['justifi-config-provider', 'justifi-refund-payment'];
  writeFileSync(entry, names.map((name) => `import '@justifi/webcomponents/dist/module/${name}.js';\n`).join(''));
  try {
    await build({
      configFile: false,
      root: PEER,
      logLevel: 'error',
      build: {
        outDir: peer,
        target: 'es2023',
        modulePreload: false,
        rolldownOptions: { input: entry, output: { entryFileNames: 'peer.js', codeSplitting: false } },
      },
    });
  } finally {
    rmSync(entry);
  }
  const { version } = JSON.parse(readFileSync(path.join(PEER_PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const bare = path.join(folder, 'bare-element.js');
  writeFileSync(bare, BARE_ELEMENT);
  const ours: Contender = {
    name: 'refund-form',
    path: '/ours',
    script: path.join(own, 'refund-form.js'),
    form: '<refund-form provider="uqpay" endpoint="/refunds" payment-id="PI1" locale="en"></refund-form>',
    selectors: { form: 'refund-form', amount: '#amount', note: '#note' },
  };
  return [
    ours,
    {
      name: `@justifi/webcomponents ${version}`,
      path: '/theirs',
      script: path.join(peer, 'peer.js'),
      // Without the provider of its settings, the peer waits for it before it loads the payment.
      head: '<justifi-config-provider></justifi-config-provider><script>document.querySelector("justifi-config-provider").setAttribute("api-origin", location.origin)</script>',
      form: '<justifi-refund-payment auth-token="token" account-id="acc_1" payment-id="py_1"></justifi-refund-payment>',
      selectors: { form: 'justifi-refund-payment', amount: 'input[name=amount]', note: 'textarea[name=description]' },
    },
    { ...ours, name: 'a bare element', path: '/bare', script: bare },
  ];
}

async function compareStart(browser: Browser, server: WidgetServer, contenders: Contenders) {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const { value } = await onPage(browser, server.url(contender, 1), async (_page, _session, ready) => ready);
      times[index]!.push(value);
    }
  }
  tell(contenders, times.map(median), { what: 'script start to a form that can be typed in', unit: 'ms', atLeast: 1 });
}

async function compareMemory(browser: Browser, server: WidgetServer, contenders: Contenders) {
  const used = (contender: Contender, forms: number) =>
    onPage(browser, server.url(contender, forms), async (_page, session) => {
      await session.send('HeapProfiler.collectGarbage');
      return metric(session, 'JSHeapUsedSize');
    });
  const kilobytes: number[] = [];
  for (const contender of contenders) {
    const [empty, full] = [await used(contender, 0), await used(contender, FORMS)];
    kilobytes.push((full.value - empty.value) / 1000);
  }
  tell(contenders, kilobytes, { what: `memory of ${FORMS} forms`, unit: 'kB', atLeast: 0.9 });
}

async function compareTyping(browser: Browser, server: WidgetServer, contenders: Contenders) {
  const typings = contenders.map((): Typing[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const { value } = await onPage(browser, server.url(contender, FORMS), (page, session) =>
        typeInto(page, session, contender),
      );
      typings[index]!.push(value);
    }
  }
  const of = (what: keyof Typing) => typings.map((rounds) => median(rounds.map((typing) => typing[what])));
  tellLongTasks(contenders, of('longTasks'));
  tell(contenders, of('perKey'), { what: 'work of the page for a typed key', unit: 'ms', atLeast: 1 });
}

async function typeInto(page: Page, session: CDPSession, { selectors }: Contender): Promise<Typing> {
  await page.evaluate(() => {
    const long: number[] = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
    Object.assign(globalThis, { long });
  });
  const before = await metric(session, 'TaskDuration');
  const fields = [
    [selectors.amount, AMOUNT_KEYS],
    [selectors.note, NOTE_KEYS],
  ] as const;
  for (const [selector, keys] of fields) {
    await page.locator(selectors.form).first().locator(selector).focus();
    for (const key of keys) await page.keyboard.press(key);
  }
  const after = await metric(session, 'TaskDuration');
  const long = await page.evaluate(() => (globalThis as unknown as { long: number[] }).long);
  return {
    perKey: ((after - before) * 1000) / (AMOUNT_KEYS.length + NOTE_KEYS.length),
    longTasks: long.reduce((sum, duration) => sum + duration, 0),
  };
}

/** Opens a page of its own, without a cache, and waits until its forms can be typed in. */
async function onPage<T>(
  browser: Browser,
  url: string,
  use: (page: Page, session: CDPSession, readyMs: number) => Promise<T>,
): Promise<{ readonly value: T }> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await session.send('Performance.enable');
    await page.goto(url);
    const ready = await page.evaluate(() => (globalThis as unknown as { measured: Promise<number> }).measured);
    return { value: await use(page, session, ready) };
  } finally {
    await context.close();
  }
}

async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((each) => each.name === name)!.value;
}

interface Figure {
  readonly what: string;
  readonly unit: string;
  /** How many times less ours needs. */
  readonly atLeast: number;
}

/** Prints each figure, and claims the ratio to the peer. The bare element shows how much less there can be at all. */
function tell(contenders: Contenders, figures: readonly number[], { what, unit, atLeast }: Figure): void {
  const [ours = 0, theirs = 0, bare = 0] = figures;
  print(contenders, figures, what, unit);
  claim({ name: `${what}, of ${contenders[1].name} against ours`, value: theirs / ours, unit: 'times', atLeast });
  progress(`no form could be ahead of the peer by more than ${(theirs / bare).toFixed(1)} times`);
}

/** A fast machine has none with either form: then there is nothing to be ahead of. */
function tellLongTasks(contenders: Contenders, figures: readonly number[]): void {
  const [ours = 0, theirs = 0] = figures;
  print(contenders, figures, 'long tasks while typing', 'ms');
  claim({ name: 'long tasks while typing, a share of the peer’s', value: ours && ours / theirs, atMost: 0.3 });
}

function print(contenders: Contenders, figures: readonly number[], what: string, unit: string): void {
  progress(
    `${what}: ${contenders.map(({ name }, index) => `${name} ${figures[index]!.toFixed(1)} ${unit}`).join(', ')}`,
  );
}

/** The peer is 130 MB and is needed only for this comparison. */
function install(): void {
  if (existsSync(PEER_PACKAGE)) return;
  progress('installing @justifi/webcomponents, once');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PEER,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci of the peer failed: see above');
}
