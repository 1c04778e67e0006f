import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Each language is a file of its own that a page loads beside the form. They are built one by one: built together they would
 * share a file, and a page would have to serve that too.
 */
for (const name of readdirSync(at('widget/locales'))) {
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: at('dist/widget/locales'),
      emptyOutDir: false,
      target: 'es2023',
      rolldownOptions: {
        input: at(`widget/locales/${name}`),
        output: { entryFileNames: '[name].js', format: 'es' },
      },
      modulePreload: false,
      reportCompressedSize: false,
    },
  });
}
