import { fileURLToPath } from 'node:url';

import express from 'express';
import { nodeHandler } from 'refund-form-server/proxy';

import { proxy, startRefunds } from './refunds.js';
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
server.once('error', ({ message }) => {
  console.error(`${message}: set PORT in .env to a port that is free`);
  process.exit(1);
});

// Longer than a load balancer keeps a connection: one that closes just when a refund is sent on it loses the answer.
server.keepAliveTimeout = 75_000;

async function stop() {
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  await stopRefunds();
  // The last answers are still on their way to the browsers.
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2_000))]);
  process.exit();
}
let stopping;
// A second signal does not cut off what the first one lets end.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void (stopping ??= stop()));
