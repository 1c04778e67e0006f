import type { Plugin } from 'vite';

import type { Ledger } from '../proxy/index.ts';
import { PROVIDERS } from './orders.ts';
import { RECORD_PATH, recordOf } from './record.ts';
import { START_OVER_HEADER, START_OVER_PATH } from './start-over.ts';

/**
 * Serves the ledger's record of a payment, so that the console can show it beside the form. Only the demo does: a
 * merchant's ledger is read with the proxy's own commands.
 */
export const serveRecords = (ledger: () => Ledger): Plugin => ({
  name: 'serve-records',
  configurePreviewServer({ middlewares }) {
    middlewares.use(`/${RECORD_PATH}`, (request, response, next) => {
      const [, provider = '', paymentId = ''] = (request.url ?? '').split('/');
      if (request.method !== 'GET' || !(provider in PROVIDERS)) {
        next();
        return;
      }
      recordOf(ledger(), provider, decodeURIComponent(paymentId)).then(
        (record) => response.setHeader('content-type', 'application/json').end(JSON.stringify(record)),
        next,
      );
    });
  },
});

/** Begins again when the console asks for it. No page of another site can send the header. */
export const serveStartOver = (startOver: () => Promise<void>): Plugin => ({
  name: 'serve-start-over',
  configurePreviewServer({ middlewares }) {
    middlewares.use(`/${START_OVER_PATH}`, (request, response, next) => {
      if (request.method !== 'POST' || request.headers[START_OVER_HEADER] === undefined) {
        next();
        return;
      }
      startOver().then(() => response.writeHead(204).end(), next);
    });
  },
});
