import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { docsSchema } from '@astrojs/starlight/schema';
import { defineCollection } from 'astro:content';

import { ROOT, sitePage, withoutEmptyHeaders } from '../markdown.ts';
import { PAGES } from '../pages.ts';
import { themingEditor } from '../theming-editor.ts';

/** An outline with more entries than this is longer than what it leads to, and is sent twice with each page. */
const MOST_ENTRIES = 40;

/** Of a page that lists many small things, the outline has the parts only. */
function outlineOf(body: string): object {
  const { length } = body.match(/^#{2,3} /gm) ?? [];
  return length > MOST_ENTRIES ? { tableOfContents: { maxHeadingLevel: 2 } } : {};
}

/** The project's Markdown files as pages. Nothing is copied, so that a text is in one place. */
export const collections = {
  docs: defineCollection({
    schema: docsSchema(),
    loader: {
      name: 'project-markdown',
      async load({ store, config, parseData, renderMarkdown }) {
        store.clear();
        const base = `${config.base.replace(/\/$/, '')}/`;
        for (const { route, file } of PAGES) {
          const { title, description, body } = sitePage(file, base, { 'theming editor': () => themingEditor(base) });
          const at = path.join(ROOT, file);
          const rendered = await renderMarkdown(body, { fileURL: pathToFileURL(at) });
          store.set({
            id: route,
            data: await parseData({ id: route, data: { title, description, ...outlineOf(body) }, filePath: at }),
            body,
            filePath: path.posix.join('..', file),
            rendered: { ...rendered, html: withoutEmptyHeaders(rendered.html) },
            ...(rendered.metadata?.imagePaths && { assetImports: rendered.metadata.imagePaths }),
          });
        }
      },
    },
  }),
};
