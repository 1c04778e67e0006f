import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** A refund component, with what its page and its backend need. */
export interface Contender {
  readonly name: string;
  /** Its path on the server. */
  readonly path: string;
  /** One script with everything in it. */
  readonly script: string;
  /** The HTML of one form for a payment. */
  readonly form: string;
  /** HTML that the page needs once. */
  readonly head?: string;
  /** The path below the body's amount field and its note, in the shadow root of the form. */
  readonly selectors: { readonly form: string; readonly amount: string; readonly note: string };
}

const PAYMENT = {
  payment_id: 'PI1',
  currency: 'USD',
  captured: '250.00',
  refunded: '0.00',
  pending: '0.00',
  refundable: '250.00',
  payment_method: 'card',
};

/** The answers of both backends, each in its own wire format. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/refunds/': { name: 'refund-form-proxy', provider: 'uqpay', deduplicates: true },
  '/refunds/payments/PI1': PAYMENT,
  '/v1/payments/py_1': {
    id: 'py_1',
    data: {
      id: 'py_1',
      account_id: 'acc_1',
      currency: 'usd',
      amount: 25_000,
      amount_disputed: 0,
      amount_refundable: 25_000,
      amount_refunded: 0,
      captured: true,
      disputed: false,
      disputes: [],
      is_test: true,
      payment_method: { card: { name: 'Maya', acct_last_four: '4242' } },
      status: 'succeeded',
      created_at: '2026-11-01T09:00:00Z',
      updated_at: '2026-11-01T09:00:00Z',
    },
  },
};

export interface WidgetServer {
  /** The page of a contender with so many forms. */
  url(contender: Contender, forms: number): string;
  close(): Promise<void>;
}

/**
 * Serves the contenders' pages, scripts and backends. The page is at `localhost`, where the peer leaves out its analytics
 * requests.
 */
export async function serveContenders(contenders: readonly Contender[]): Promise<WidgetServer> {
  const scripts = new Map(contenders.map(({ path, script }) => [`${path}.js`, readFileSync(script)]));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const script = scripts.get(pathname);
    const answer = ANSWERS[pathname];
    const contender = contenders.find(({ path }) => path === pathname);
    if (script) response.setHeader('content-type', 'text/javascript').end(script);
    else if (answer) response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    else if (contender)
      response.setHeader('content-type', 'text/html').end(pageOf(contender, Number(searchParams.get('forms'))));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: ({ path }, forms) => `http://localhost:${port}${path}?forms=${forms}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** `window.measured` resolves to the milliseconds from the start of the script to the last form whose amount can be typed. */
function pageOf({ path, form, head = '', selectors }: Contender, forms: number): string {
  return `<!doctype html><html lang="en"><title>Forms</title><link rel="icon" href="data:,">${head}${form.repeat(forms)}
<script type="module">
  const nextTurn = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(0);
  });
  const isReady = (form) => {
    const amount = form.shadowRoot?.querySelector('${selectors.amount}');
    return amount && !amount.disabled && amount.offsetWidth > 0;
  };
  const forms = [...document.querySelectorAll('${selectors.form}')];
  const wait = async () => {
    const start = performance.now();
    if (forms.length > 0) await import('${path}.js');
    while (!forms.every(isReady)) await nextTurn();
    return performance.now() - start;
  };
  window.measured = wait();
</script></html>`;
}
