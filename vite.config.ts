import { resolve } from 'node:path';

import { defineConfig, type UserConfig } from 'vite';

const at = (path: string) => resolve(import.meta.dirname, path);

/** What the console's page may do: its own scripts, styles and answers, nothing of a third party, no string turned into code. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

/** `widget`: the single file that a page embeds, Lit and everything in it. */
const widget: UserConfig = {
  publicDir: false,
  build: {
    outDir: at('dist/widget'),
    emptyOutDir: true,
    target: 'es2023',
    // Lib mode with ES output leaves whitespace in; an ordinary build of the define file is minified whole.
    rollupOptions: {
      input: at('widget/define.ts'),
      output: { entryFileNames: 'refund-form.js', format: 'es' },
      preserveEntrySignatures: 'strict',
    },
    modulePreload: false,
    reportCompressedSize: false,
  },
};

/** `demo`: the merchant's console. */
const demo: UserConfig = {
  root: at('demo'),
  build: { outDir: at('dist/demo'), emptyOutDir: true, target: 'es2023', reportCompressedSize: false },
  preview: { headers: { 'content-security-policy': CONTENT_SECURITY_POLICY, 'referrer-policy': 'no-referrer' } },
};

export default defineConfig(({ mode }) => (mode === 'widget' ? widget : demo));
