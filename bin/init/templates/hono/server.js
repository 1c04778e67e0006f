import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { serve } from '@hono/node-server';
import { Hono } from 'hono';

import { proxy, startRefunds } from './refunds.js';
import { serveUntilStopped } from './serving.js';
import { port } from './settings.js';

const { HOST = '127.0.0.1' } = process.env;
const PORT = port('PORT', '3000');

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const PAGES = {
  '/': [here('public/index.html'), 'text/html; charset=utf-8'],
  '/page.js': [here('public/page.js'), 'text/javascript; charset=utf-8'],
  '/page.css': [here('public/page.css'), 'text/css; charset=utf-8'],
  '/refund-form.js': [
    fileURLToPath(import.meta.resolve('refund-form/refund-form.min.js')),
    'text/javascript; charset=utf-8',
  ],
};

const app = new Hono();
app.all(`${proxy.basePath}/*`, (context) => proxy.fetch(context.req.raw, context));
for (const [path, [file, type]] of Object.entries(PAGES)) {
  app.get(path, async (context) => context.body(await readFile(file), 200, { 'content-type': type }));
}

const stopRefunds = await startRefunds();
const server = serve({ fetch: app.fetch, port: PORT, hostname: HOST }, () =>
  console.log(`Refunds on http://${HOST}:${PORT}`),
);
serveUntilStopped(server, stopRefunds);
