import * as z from 'zod/mini';

import { problem, proxyDescription } from '../contract/index.ts';
import { CHECKS } from './checks/index.ts';
import { crashNote } from './crashes.ts';
import { drive, type Answer } from './drive.ts';
import type { Clock } from './clock.ts';
import { judgeAll } from './judging.ts';
import { NO_LEDGER } from './no-ledger.ts';
import { printedOrders, type PrintedOrder } from './payments.ts';
import { Probe } from './probe.ts';
import type { Payment, Profile } from './profile.ts';
import { record, type Recorder } from './recorder.ts';
import { mask, providersWords, showCalls, tally, verdictOf, type Report, type Result } from './report.ts';
import { Sandbox, SetupError } from './sandbox.ts';
import { isAsked, unseen } from './unseen.ts';
import { upayments } from './upayments.ts';
import { uqpay } from './uqpay.ts';
import { World } from './world.ts';

export const PROFILES: Readonly<Record<string, Profile>> = { uqpay, upayments };
export const CHECK_IDS: readonly string[] = CHECKS.map(({ id }) => id);

export interface VerifyOptions {
  /** The address at which the merchant's proxy serves one provider: the `endpoint` of `<refund-form>`. */
  readonly endpoint: string;
  /** `uqpay` or `upayments`. Without it verify reads the proxy's own description. */
  readonly provider?: string | undefined;
  /** The address of a running sandbox. The run uses its own namespace and touches nothing else there. */
  readonly sandbox: string;
  /** Where verify listens in the provider's place. The proxy must be configured to call this address. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Cookies or tokens of the merchant's sign-in, sent with every request. Never shown in a report. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The same of somebody who may neither refund nor read verify's payments. Without it nothing is said of such a user. */
  readonly otherHeaders?: Readonly<Record<string, string>>;
  /** How long the proxy waits for a provider, in milliseconds. 20,000 by default. */
  readonly proxyTimeoutMs?: number;
  /** A number that no earlier run had. Keys and payment ids are made from it. */
  readonly run: number;
  /** Ids of payments that the proxy knows, captured in full and without refunds. Without them verify makes its own. */
  readonly payments?: readonly string[];
  /** Ids of the checks to run. Without it all checks run. */
  readonly only?: readonly string[];
  /** Restarts the proxy, and resolves when it is stopped at least. Without it nothing is said of a restart. */
  readonly restart?: (() => Promise<void>) | undefined;
  readonly clock: Clock;
  /** Called once with the address that the proxy must call, before verify sends anything. */
  readonly onListening?: (url: string) => void;
  readonly onResult?: (result: Result) => void;
}

/** The orders of a run, for a proxy that cannot ask for them over HTTP. */
export function ordersOf(provider: string, run: number): PrintedOrder[] {
  return printedOrders(profileOf(provider), run);
}

/**
 * Judges a merchant's proxy, written in any language. Sends it the requests of the refund form, and requests that nobody
 * should send. Compares its answers with the calls that reached the provider and with what was really refunded.
 * @throws SetupError when nothing can be judged: no sandbox, no proxy, or a proxy that does not call verify
 */
export async function verifyProxy(options: VerifyOptions): Promise<Report> {
  const { clock, run, headers = {}, only } = options;
  const endpoint = readEndpoint(options.endpoint);
  const unknownId = only?.find((id) => !CHECK_IDS.includes(id));
  if (unknownId !== undefined) throw new SetupError(`no check "${unknownId}": expected one of ${CHECK_IDS.join(', ')}`);
  if (!isHttp(options.sandbox)) {
    throw new SetupError(`sandbox: expected an address such as http://127.0.0.1:4009, received ${options.sandbox}`);
  }
  const sandbox = new Sandbox(options.sandbox, `verify-${run}`);
  await sandbox.ready();
  let world: World | undefined;
  const recorder = await listen(options, sandbox, (id) => world?.order(id));
  try {
    options.onListening?.(recorder.url);
    const { description, status } = await readDescription(endpoint, headers, clock, options.provider !== undefined);
    const profile = profileOf(options.provider ?? description?.provider ?? noProvider(endpoint, status));
    world = new World({
      endpoint,
      profile,
      sandbox,
      recorder,
      headers,
      otherHeaders: options.otherHeaders ?? {},
      description,
      clock,
      run,
      proxyTimeoutMs: options.proxyTimeoutMs ?? 20_000,
      paymentIds: options.payments ?? [],
      restart: options.restart,
    });
    if (!only) await world.prepareAll();
    const payment = await expectOneRefund(world, options, { described: description?.provider, status });
    const { signsIn } = world;
    const hasOther = Object.keys(world.otherHeaders).length > 0;
    const checks = CHECKS.filter(
      ({ id, appliesTo, needsSignIn, needsOtherSignIn, needsRestart }) =>
        isAsked(id, only) &&
        (!appliesTo || appliesTo(profile)) &&
        (!needsSignIn || signsIn) &&
        (!needsOtherSignIn || hasOther) &&
        (!needsRestart || options.restart !== undefined),
    );
    const { results, notes } = await judgeAll(world, checks, new Probe(world, payment), options.onResult);
    const verdict = verdictOf(results);
    const lookFirst = crashNote(world.exchanges);
    return {
      version: 1,
      endpoint: options.endpoint,
      provider: profile.name,
      deduplicates: world.deduplicates,
      run,
      verdict,
      required: tally(results, 'required'),
      ledger: tally(results, 'ledger'),
      recommended: tally(results, 'recommended'),
      results,
      ...(lookFirst !== undefined && { look_first: lookFirst }),
      ...(verdict === 'no_ledger' && { without_ledger: NO_LEDGER }),
      notes: [...notes, ...unseen(world, options)],
    };
  } finally {
    await recorder.close();
    // If this fails, its error must not hide the error that ended the run.
    await Promise.allSettled([sandbox.forget()]);
  }
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

function readEndpoint(text: string): URL {
  if (isHttp(text)) {
    const url = new URL(text);
    if (url.search === '' && url.hash === '') return url;
    // The form leaves them out of the address that a page gives it.
    throw new SetupError(`endpoint: expected an address without a query and without a fragment, received ${text}`);
  }
  throw new SetupError(`endpoint: expected an address such as http://127.0.0.1:4020/refunds/uqpay, received ${text}`);
}

function profileOf(name: string): Profile {
  const names = Object.keys(PROFILES).join(' or ');
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (!profile) throw new SetupError(`provider: expected ${names}, received ${name}`);
  return profile;
}

async function listen(
  { listen: { host, port } }: VerifyOptions,
  sandbox: Sandbox,
  order: (id: string) => object | undefined,
): Promise<Recorder> {
  const prefixes = Object.values(PROFILES).map(({ prefix }) => prefix);
  const ungated = Object.values(PROFILES).flatMap(({ prefix, tokenPath }) => (tokenPath ? [prefix + tokenPath] : []));
  return record({ host, port, target: sandbox.url, prefixes, order, ungated }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const sentence = LISTEN_FAULTS[code]?.({ host, port });
    if (sentence === undefined) throw error;
    throw new SetupError(sentence);
  });
}

const EXPECTED_HOST = '--host: expected an address of this machine, such as 127.0.0.1';

/** Why listening in the provider's place failed. */
const LISTEN_FAULTS: Readonly<Record<string, (place: VerifyOptions['listen']) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `Port ${port} on ${host} is taken: stop what runs there first, such as a sandbox of yours. ` +
    'Your proxy has to call verify in the place of the sandbox. With another --port, give your proxy that address too',
  EACCES: ({ port }) => `--port: this user may not listen on port ${port}; choose one above 1023`,
  EADDRNOTAVAIL: ({ host }) => `${EXPECTED_HOST}, received ${host}`,
  ENOTFOUND: ({ host }) => `${EXPECTED_HOST}, received ${host}, which is no address and no name that leads to one`,
  EAI_AGAIN: ({ host }) => `${EXPECTED_HOST}, received ${host}, whose address could not be looked up`,
  // Node throws this one before it listens.
  ERR_SOCKET_BAD_PORT: ({ port }) => `--port: expected a whole number from 0 to 65535, received ${port}`,
};

async function readDescription(
  endpoint: URL,
  headers: Readonly<Record<string, string>>,
  clock: Clock,
  isNamed: boolean,
) {
  const sent = { method: 'GET', path: '/', headers: { accept: 'application/json', ...headers }, body: undefined };
  const answer = await drive(endpoint, sent, clock, 10_000);
  if (asksForSignIn(answer) && !isNamed) {
    const answered = `GET ${endpoint.href} was answered ${answer.status}.`;
    throw new SetupError(
      `${answered} ${signInHint(Object.keys(headers).length > 0)} Or say whose proxy it is: --provider`,
    );
  }
  if (answer.lost !== undefined) throw new SetupError(`${endpoint.href}: no proxy answers there (${answer.lost})`);
  const { status, json } = answer;
  return { status, description: status === 200 ? z.safeParse(proxyDescription, json).data : undefined };
}

const IS_WHOLE = 'Is this its whole address, the endpoint of <refund-form>, such as …/refunds/uqpay?';

/** @throws SetupError because neither the proxy nor `--provider` says whose it is */
function noProvider({ href }: URL, status: number): never {
  const answered = `GET ${href} was answered ${status}${status === 200 ? ' without a description' : ''}, so the proxy does not say whose it is.`;
  const names = Object.keys(PROFILES).join(' or ');
  throw new SetupError(
    `${answered} ${IS_WHOLE} If it is, and the proxy does not describe itself, give --provider ${names}`,
  );
}

/** 401, 403, or a redirect, which usually leads to a sign-in page. */
function asksForSignIn({ status, headers }: Answer): boolean {
  return status === 401 || status === 403 || (status >= 300 && status <= 399 && headers['location'] !== undefined);
}

const signInHint = (isGiven: boolean): string =>
  isGiven
    ? 'Your sign-in does not take what --header gives: is the session still alive, and may that user refund?'
    : "Your sign-in refused it: give verify a session of your own with --header, such as --header 'Cookie: session=…'.";

/** Makes sure that a plain refund works, and returns its payment. */
async function expectOneRefund(
  world: World,
  { endpoint, run }: VerifyOptions,
  { described, status: rootStatus }: { readonly described: string | undefined; readonly status: number },
): Promise<Payment> {
  const { profile, recorder } = world;
  const payment = await world.payment();
  const key = world.key();
  const exchange = await world.refund(payment, '1.00', { key });
  world.first = { payment, key, exchange };
  if (world.claim(exchange) === 'refunded' && (await world.refunds(payment)) === 1) return payment;
  const { status, lost, text } = exchange.answer;
  const received = mask(`${lost ?? status} ${text.slice(0, 500)}`, world.secrets());
  const isCalled = recorder.calls.length > 0;
  // The proxy answers from its ledger: it knows this key.
  const isKnown = !isCalled && world.claim(exchange) === 'refunded';
  const isDenied = recorder.calls.some(({ answer }) => answer?.status === 401);
  const isOther = described !== undefined && described !== profile.name;
  const code = problem.safeParse(exchange.answer.json).data?.code;
  const isThere = status !== 404 || code === 'payment_not_found' || (rootStatus !== 404 && code !== 'path_not_allowed');
  const noRoot = rootStatus === 404 ? ', and no GET / either' : '';
  const wrongPath = isThere ? '' : `${IS_WHOLE} Nothing answers POST ${profile.refundPath} below it${noRoot}.\n`;
  const hint = isOther
    ? `The proxy itself says at GET / that it is for ${described}, and --provider says ${profile.name}: leave --provider out, or give the address of the proxy for ${profile.name}.`
    : isDenied
      ? 'The provider refused what your proxy signs in with: give it the credentials of the sandbox, and let it forget a token that it got elsewhere.'
      : asksForSignIn(exchange.answer)
        ? signInHint(world.signsIn)
        : isCalled
          ? 'The provider was called: see what it answered.'
          : isKnown
            ? `The proxy knows this key: run ${run} was used before. Give another number with --run, or leave --run out.`
            : code === 'path_not_allowed'
              ? wrongPath.trimEnd()
              : `${wrongPath}The provider was not called. Is ${recorder.url}${profile.prefix} what the proxy has as the provider's address?\n` +
                `Does it know the order? GET ${recorder.url}/orders/{id} answers it, or enter those of --print-orders.`;
  const lines = [
    `Nothing can be judged before a plain refund goes through at ${endpoint}.`,
    `sent: POST ${profile.refundPath} ${exchange.sent.body ?? ''}`,
    `came: ${received}`,
    ...(isCalled ? [`provider: ${showCalls(recorder.calls).join(', ')}`] : []),
    ...[providersWords(recorder.calls, world.secrets())].filter((words) => words !== ''),
    hint,
  ];
  throw new SetupError(lines.join('\n'));
}
