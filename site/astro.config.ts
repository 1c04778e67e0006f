import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { satteri } from '@astrojs/markdown-satteri';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';

import { siteBase } from './base.ts';
import { isServed, ROOT } from './markdown.ts';
import { GROUPS } from './pages.ts';

export default defineConfig({
  base: siteBase(process.env['SITE_BASE']),
  outDir: '../dist/site',
  cacheDir: '../node_modules/.cache/site',
  // Quotation marks stay as they are written, so that headings have the same anchors as in the repository.
  markdown: { processor: satteri({ features: { smartPunctuation: false } }) },
  image: { service: { entrypoint: './pictures.ts' } },
  integrations: [
    starlight({
      title: 'refund-form',
      favicon: '/icon.svg',
      customCss: ['./src/site.css'],
      components: { Search: './src/search.astro' },
      // Shiki has no grammar for it.
      expressiveCode: { shiki: { langAlias: { caddyfile: 'txt' } } },
      sidebar: GROUPS.map(({ label, pages }) => ({
        label,
        items: pages.map((page) => (page.label === undefined ? page.route : { slug: page.route, label: page.label })),
      })),
    }),
    {
      name: 'files-beside-the-pages',
      hooks: {
        'astro:build:done': ({ dir }) => {
          const out = fileURLToPath(dir);
          cpSync(path.join(ROOT, 'docs'), path.join(out, 'docs'), {
            recursive: true,
            filter: (source) =>
              !path.extname(source) || isServed(path.relative(ROOT, source).replaceAll(path.sep, '/')),
          });
          cpSync(path.join(ROOT, 'demo/public/icon.svg'), path.join(out, 'icon.svg'));
          cpSync(path.join(ROOT, 'dist/widget/refund-form.js'), path.join(out, 'widget/refund-form.js'));
        },
      },
    },
  ],
});
