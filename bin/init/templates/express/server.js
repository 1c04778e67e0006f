import { fileURLToPath } from 'node:url';

import express from 'express';
import { nodeHandler } from 'refund-form-server/proxy';

import { proxy, startRefunds } from './refunds.js';
import { serveUntilStopped } from './serving.js';
import { port } from './settings.js';

const { HOST = '127.0.0.1' } = process.env;
const PORT = port('PORT', '3000');

const app = express();
// Before any body parser: the proxy reads each request itself.
app.use(proxy.basePath, nodeHandler(proxy));
app.get('/refund-form.js', (_request, response) => {
  response.sendFile(fileURLToPath(import.meta.resolve('refund-form/refund-form.min.js')));
});
app.use(express.static(fileURLToPath(new URL('public', import.meta.url))));

const stopRefunds = await startRefunds();
const server = app.listen(PORT, HOST, () => console.log(`Refunds on http://${HOST}:${PORT}`));
serveUntilStopped(server, stopRefunds);
