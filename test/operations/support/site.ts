import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import { makeCertificate } from '../../certificate.ts';
import { temporaryFolder } from '../../proxy/support/folder.ts';
import { startProxy, type Environment } from '../../proxy/support/process.ts';
import { readAnswer, REFUND, scriptUqpay, uqpayBody, type Answer } from '../../proxy/support/test-proxy.ts';
import { standAlone } from '../../proxy/support/stand-alone.ts';
import { SECRET as WEBHOOK_SECRET } from '../../proxy/support/webhook.ts';
import { ownPort } from '../../runner/ports.ts';
import { waitForPort, type Program } from './program.ts';

export const HOST = 'admin.example';
export const USER_SECRET = 'a-secret-of-the-front-end';

/** The files, ports and addresses of a front end in a test. */
export interface Places {
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly proxy: string;
  readonly signIn: string;
  readonly pages: string;
}

/** Starts a front end at these places. `change` first changes its configuration. */
export type StartFrontEnd = (places: Places, change?: (text: string) => string) => Promise<Program>;

export interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Site {
  readonly ask: (urlPath: string, call?: Call) => Promise<Answer>;
  /** Returns the answer when it starts, because an event stream does not end. */
  readonly open: (urlPath: string, call?: Call) => Promise<IncomingMessage>;
  /** Sends a refund as the form does from a page of this site. */
  readonly refund: (key: string, call?: Call & { readonly amount?: string }) => Promise<Answer>;
  readonly httpPort: number;
  /** The requests that the sign-in received. */
  readonly signInRequests: readonly IncomingMessage[];
}

/** The headers of a signed-in user. */
export const session = (user: string) => ({ cookie: `session=${user}` });

export const PROXY_ENVIRONMENT: Environment = {
  REFUND_USER_HEADER: 'X-User',
  REFUND_USER_SECRET: USER_SECRET,
  REFUND_PUBLIC_ORIGIN: `https://${HOST}`,
  REFUND_RESOLVERS: 'chief',
  REFUND_METRICS: '1',
  UQPAY_WEBHOOK_SECRET: WEBHOOK_SECRET,
};

/** A front end, a sign-in as the document describes it, pages, a stand-alone proxy and a scripted provider. */
export async function wholeSite(t: TestContext, startFrontEnd: StartFrontEnd, change?: (text: string) => string) {
  const { environment, provider } = await standAlone(t);
  const refunds = scriptUqpay(provider);
  const proxy = await startProxy(t, { ...environment, ...PROXY_ENVIRONMENT });
  const site = await siteInFrontOf(t, new URL(proxy.url).host, startFrontEnd, change);
  return { ...site, provider, refunds, proxy };
}

/** The same, in front of any server at `proxy`. */
export async function siteInFrontOf(
  t: TestContext,
  proxy: string,
  startFrontEnd: StartFrontEnd,
  change?: (text: string) => string,
): Promise<Site> {
  const folder = await temporaryFolder(t);
  const signInRequests: IncomingMessage[] = [];
  const signIn = await listen(t, (incoming, outgoing) => {
    signInRequests.push(incoming);
    const user = /session=([\w-]*)/.exec(incoming.headers.cookie ?? '')?.[1];
    outgoing.writeHead(user === undefined ? 401 : 202, user ? { 'x-auth-request-user': user } : {}).end();
  });
  const pages = await listen(t, (_incoming, outgoing) =>
    outgoing.writeHead(404, { 'content-security-policy': "default-src 'self'" }).end('a page of the merchant'),
  );
  const { certificate, key } = makeCertificate(folder, HOST);
  const httpsPort = await ownPort();
  const httpPort = await ownPort();
  const places = { folder, certificate, key, httpsPort, httpPort, proxy, signIn, pages };
  const frontEnd = await startFrontEnd(places, change);
  t.after(() => frontEnd.stop());
  // A front end opens its ports one after another, in no fixed order.
  for (const port of [httpPort, httpsPort]) await waitForPort(frontEnd, port);
  const open = (urlPath: string, { method = 'GET', headers = {}, body }: Call = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: httpsPort,
        servername: HOST,
        ca: readFileSync(certificate),
        method,
        path: urlPath,
        headers: { host: HOST, ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        agent: false,
      });
      outgoing.once('response', resolve).once('error', reject);
      outgoing.end(body);
    });
  const ask = async (urlPath: string, call?: Call) => answerOf(await open(urlPath, call));
  return {
    open,
    ask,
    signInRequests,
    httpPort,
    refund: (key_, { headers, amount = '1.00', body = JSON.stringify(uqpayBody(amount)) } = {}) =>
      ask(`/refunds/uqpay${REFUND}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-refund-form': '1',
          'idempotency-key': key_,
          origin: `https://${HOST}`,
          ...session('admin-1'),
          ...headers,
        },
      }),
  };
}

async function answerOf(incoming: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const { statusCode: status = 0, headers } = incoming;
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const hasBody = ![204, 304].includes(status);
  return readAnswer(new Response(hasBody ? Buffer.concat(parts) : null, { status, headers: pairs }));
}

/** Starts a server that ends with the test. Returns its host and port. */
export async function listen(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
