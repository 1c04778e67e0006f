import { readFileSync, writeFileSync } from 'node:fs';

import type { Folder } from './installed.ts';

/** Each page shows one form, gives it its own reasons as a property, and writes into the title what its event says. */
export const PAGES = ['plain', 'typescript', 'react', 'react-hydrated', 'vue', 'vue-hydrated', 'svelte'] as const;

const html = (body: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8" /></head><body>${body}</body></html>`;
const ENTRY = {
  typescript: 'typescript.ts',
  react: 'react.tsx',
  'react-hydrated': 'react-hydrated.tsx',
  vue: 'vue.ts',
  'vue-hydrated': 'vue-hydrated.ts',
  svelte: 'svelte.ts',
} as const;

const FORM = 'provider="uqpay" endpoint="/refunds/uqpay"';

const FILES: Readonly<Record<string, string>> = {
  'typescript.ts': `
    import { registerLocale } from 'refund-form';
    import type { RefundFormElement } from 'refund-form';
    import 'refund-form/locales/ar';
    const form: RefundFormElement = document.createElement('refund-form');
    Object.assign(form, { provider: 'uqpay', endpoint: '/refunds/uqpay', paymentId: 'PI1', locale: 'ar' });
    form.reasons = [{ code: 'broken', label: 'It is broken' }];
    form.addEventListener('refund-form-load', ({ detail }) => (document.title = detail.refundable + typeof registerLocale));
    document.body.append(form);`,
  'app.tsx': `
    import { RefundForm } from 'refund-form/react';
    const reasons = [{ code: 'broken', label: 'It is broken' }];
    const loaded = ({ detail }) => (document.title = detail.refundable + 'react');
    export const App = () => (
      <RefundForm ${FORM} paymentId="PI1" hideActions reasons={reasons} onLoad={loaded}>
        <p slot="help">Ask before 500.</p>
      </RefundForm>
    );`,
  'react.tsx': `
    import { createRoot } from 'react-dom/client';
    import { App } from './app.tsx';
    createRoot(document.getElementById('app')!).render(<App />);`,
  // As a server draws it, and a browser goes on with it.
  'react-hydrated.tsx': `
    import { hydrateRoot } from 'react-dom/client';
    import { renderToString } from 'react-dom/server';
    import { App } from './app.tsx';
    const app = document.getElementById('app')!;
    app.innerHTML = renderToString(<App />);
    hydrateRoot(app, <App />);`,
  'vue-hydrated.ts': `
    import { createSSRApp } from 'vue';
    import { renderToString } from 'vue/server-renderer';
    import 'refund-form';
    import App from './App.vue';
    const app = document.getElementById('app')!;
    app.innerHTML = await renderToString(createSSRApp(App));
    createSSRApp(App).mount(app);`,
  'vue.ts': `
    import { createApp } from 'vue';
    import 'refund-form';
    import App from './App.vue';
    createApp(App).mount('#app');`,
  'App.vue': `
    <script setup lang="ts">
    const reasons = [{ code: 'broken', label: 'It is broken' }];
    const loaded = ({ detail }: { detail: { refundable: string } }) => (document.title = detail.refundable + 'vue');
    </script>
    <template><refund-form ${FORM} payment-id="PI1" :reasons="reasons" @refund-form-load="loaded"><p slot="help">Ask before 500.</p></refund-form></template>`,
  'svelte.ts': `
    import { mount } from 'svelte';
    import 'refund-form';
    import App from './App.svelte';
    mount(App, { target: document.getElementById('app')! });`,
  'App.svelte': `
    <script>
    const reasons = [{ code: 'broken', label: 'It is broken' }];
    </script>
    <refund-form ${FORM} payment-id="PI1" {reasons} onrefund-form-load={({ detail }) => (document.title = detail.refundable + 'svelte')}><p slot="help">Ask before 500.</p></refund-form>`,
};

/** Writes the sources of all pages. The plain page loads the single file, and the browser checks its hash. */
export function writePages({ within }: Folder): void {
  for (const [file, text] of Object.entries(FILES)) writeFileSync(within(file), text);
  for (const [page, entry] of Object.entries(ENTRY)) {
    writeFileSync(within(`${page}.html`), html(`<div id="app"></div><script type="module" src="./${entry}"></script>`));
  }
  const hashes = JSON.parse(readFileSync(within('node_modules/refund-form/integrity.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = 'refund-form.min.js';
  writeFileSync(
    within('plain.html'),
    html(`<script type="module" src="/node_modules/refund-form/${file}" integrity="${hashes[file]}"></script>
      <refund-form ${FORM} payment-id="PI1"></refund-form>
      <script type="module">
        const form = document.querySelector('refund-form');
        form.reasons = [{ code: 'broken', label: 'It is broken' }];
        form.addEventListener('refund-form-load', ({ detail }) => (document.title = detail.refundable + 'plain'));
      </script>`),
  );
  writeFileSync(
    within('mistakes.html'),
    html(`<refund-form provider="uqpay" endpoint="/wrong?tenant=7" paymentid="PI1" heading-level="9" locale="no language"></refund-form>
      <refund-form provider="upay" endpoint="/refunds/uqpay" payment-id="PI1"></refund-form>
      <refund-form ${FORM} payment-id="PI404"></refund-form>
      <refund-form provider="uqpay" endpoint="/wrong" payment-id="PI1"></refund-form>
      <refund-form provider="uqpay" endpoint="https://elsewhere.example/refunds/uqpay" payment-id="PI1"></refund-form>
      <script type="module" src="/node_modules/refund-form/refund-form.min.js"></script>`),
  );
}
