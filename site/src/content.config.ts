import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { docsSchema } from '@astrojs/starlight/schema';
import { defineCollection } from 'astro:content';

import { ROOT, sitePage } from '../markdown.ts';
import { PAGES } from '../pages.ts';

/** The project's Markdown files as pages. Nothing is copied, so that a text is in one place. */
export const collections = {
  docs: defineCollection({
    schema: docsSchema(),
    loader: {
      name: 'project-markdown',
      async load({ store, config, parseData, renderMarkdown }) {
        store.clear();
        for (const { route, file } of PAGES) {
          const { title, description, body } = sitePage(file, `${config.base.replace(/\/$/, '')}/`);
          const at = path.join(ROOT, file);
          const rendered = await renderMarkdown(body, { fileURL: pathToFileURL(at) });
          store.set({
            id: route,
            data: await parseData({ id: route, data: { title, description }, filePath: at }),
            body,
            filePath: path.posix.join('..', file),
            rendered,
            ...(rendered.metadata?.imagePaths && { assetImports: rendered.metadata.imagePaths }),
          });
        }
      },
    },
  }),
};
