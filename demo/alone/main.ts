import { setupWorker } from 'msw/browser';

import { MerchantConsole } from '../console.ts';
import { applyDisplay, texts } from '../settings.ts';
import { forgetKeys, runIn } from '../start-over.ts';
import { Keeper, type Kept } from './keep.ts';
import { createWorld } from './world.ts';

const folder = new URL('.', document.baseURI);
const workerUrl = new URL('mockServiceWorker.js', folder);

// Registering a worker is a sink of Trusted Types: this worker may be registered, and nothing else.
(globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('default', {
  createScriptURL(url: string) {
    if (new URL(url, folder).href !== workerUrl.href) throw new TypeError(`${url} is no script of this page`);
    return url;
  },
});

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): void;
}

function say(text: string): void {
  const place = document.querySelector('merchant-console');
  const line = document.createElement('p');
  line.setAttribute('role', 'status');
  line.className = 'empty';
  line.textContent = text;
  place?.replaceChildren(line);
}

async function start(): Promise<void> {
  const base = folder.href.replace(/\/$/, '');
  const keeper = await Keeper.open(folder.pathname);
  const wasmBinary = await (await fetch(new URL('sql-wasm-browser.wasm', folder))).arrayBuffer();
  const create = (kept: Kept) => createWorld({ base, keeper, kept, wasmBinary });
  const kept = await keeper.read();
  const handlers = await create(kept).catch(async () => {
    // Kept by another version of the demo.
    await keeper.forget();
    forgetKeys();
    return create({});
  });
  // At the beginning, because a form that is still in the page may write again until it is left.
  if (!kept.ledger) forgetKeys();
  await setupWorker(...handlers).start({
    quiet: true,
    onUnhandledFrame: 'bypass',
    serviceWorker: { url: workerUrl.pathname },
  });
  runIn({
    hasPages: false,
    async startOver() {
      await keeper.end();
      location.reload();
    },
  });
  document.querySelector('merchant-console')?.replaceChildren();
  customElements.define('merchant-console', MerchantConsole);
}

applyDisplay();
say(texts().alone.starting);
if (!('serviceWorker' in navigator)) {
  say(texts().alone.failed(texts().alone.unsupported));
} else {
  const name = `refund-form demo ${folder.pathname}`;
  const holdForever = () =>
    start().then(
      () => new Promise<never>(() => undefined),
      (error: unknown) => say(texts().alone.failed(error instanceof Error ? error.message : String(error))),
    );
  // The ledger has one owner: a second tab waits until the first one is closed.
  void navigator.locks
    .request(name, { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      await holdForever();
      return true;
    })
    .then(async (hasRun) => {
      if (hasRun) return;
      say(texts().alone.elsewhere);
      await navigator.locks.request(name, holdForever);
    });
}
