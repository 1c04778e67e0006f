// A front end for trying a proxy of this folder: one origin with a page, the form and the proxy behind it. It signs in
// everybody who opens the page, so it is for the sandbox alone.
import { createReadStream } from 'node:fs';
import { createServer, request } from 'node:http';

const { REFUND_SESSION = '', PROXY = 'http://127.0.0.1:8080', PORT = '3000' } = process.env;
const FORM = new URL('../../dist/widget/refund-form.js', import.meta.url);
const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Refunds</title>
  <script type="module" src="/refund-form.js"></script>
  <refund-form provider="uqpay" endpoint="/refunds/uqpay" payment-id="PI1234567890123456789"></refund-form>
</html>`;

const server = createServer((incoming, outgoing) => {
  const { method, url = '', headers } = incoming;
  if (url.startsWith('/refunds/')) {
    // A server of your own looks up the session here. Host stays as the browser sent it: the proxy compares Origin with it.
    const passed = request(PROXY + url, { method, headers: { ...headers, 'x-session': REFUND_SESSION } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', ({ code }) => {
      process.stderr.write(`no answer from the proxy at ${PROXY} (${code}): start it, or set PROXY to its address\n`);
      // What it has sent to the provider nobody knows here: a 502 says nothing of the money.
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end('The proxy gave no answer.');
    });
    incoming.pipe(passed);
  } else if (url === '/refund-form.js') {
    outgoing.setHeader('content-type', 'text/javascript; charset=utf-8');
    createReadStream(FORM).pipe(outgoing);
  } else {
    outgoing.writeHead(url === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
    outgoing.end(url === '/' ? PAGE : 'There is nothing here.');
  }
});
server.on('error', ({ code }) => {
  process.stderr.write(`port ${PORT} cannot be used (${code}): set PORT to another one\n`);
  process.exitCode = 1;
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${PORT}\n`));
