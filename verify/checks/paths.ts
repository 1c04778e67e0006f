import { IDEMPOTENCY_KEY, REFUND_FORM } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { Profile } from '../profile.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';

export const PATHS: readonly Check[] = [
  {
    id: 'paths-allowlist',
    title: 'Only the paths of a refund form reach the provider',
    level: 'required',
    why: 'The proxy adds your credentials. On any other path a browser could read balances, cancel payments or fetch a token.',
    mend: 'Compare method and path with a fixed list. Answer 404 or 405 to everything else, before you call the provider.',
    async run(world) {
      for (const { method, path } of world.profile.probes) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : '{}';
        await refusesPath(world, method, path, body);
      }
    },
  },
  {
    id: 'list-of-payment',
    title: 'The list of refunds is read of one payment only',
    level: 'required',
    why:
      'Without payment_intent_id UQPAY lists the refunds of your whole account. Whoever may read one payment then reads what was refunded ' +
      'to every customer, also of other shops that use the account.',
    mend:
      'Pass GET /v2/payment/refunds on only with the payment_intent_id of a payment that this person may read, and answer 400 or 404 ' +
      'without it. A proxy that serves GET /payments/{id} needs no such path.',
    appliesTo: ({ list }) => list.ofAccount !== undefined,
    async run(world) {
      const exchange = await world.read(world.profile.list.ofAccount ?? '');
      expectRefused(exchange, 'a refusal such as 400, because no payment_intent_id is given');
    },
  },
  {
    id: 'paths-traversal',
    title: 'An id in a path cannot become another path',
    level: 'required',
    why: 'An id such as ..%2f..%2fpayment_intents, put into the address unchanged, can lead to any path of the provider.',
    mend: 'Decode an id once. Refuse it when it contains a slash or a backslash or consists of dots. Encode it again in the address.',
    async run(world) {
      const [read = ''] = world.profile.reads({ id: 'x', currency: '', captured: '' }, 'x');
      const folder = read.slice(0, read.lastIndexOf('/'));
      const [target = ''] = world.profile.probes.filter(({ method }) => method === 'GET').map(({ path }) => path);
      const up = '..%2f'.repeat(folder.split('/').length - 1);
      const encoded = target.slice(1).replaceAll('/', '%2f');
      for (const id of [
        `${up}${encoded}`,
        `${up.replaceAll('.', '%2e')}${encoded}`,
        `${up.replaceAll('%2f', '%5c')}${encoded.replaceAll('%2f', '%5c')}`,
        `${up.replaceAll('%2f', '/')}${target.slice(1)}`,
        '%2e%2e',
        `x%2f..%2f${up}${encoded}`,
      ]) {
        await reachesNoForbiddenPath(world, 'GET', `${folder}/${id}`);
      }
    },
  },
];

async function refusesPath(world: World, method: string, path: string, body?: string): Promise<void> {
  expectRefused(await reachesNoForbiddenPath(world, method, path, body), 'a refusal such as 404 path_not_allowed');
}

function expectRefused(exchange: Exchange, expected: string): void {
  const { status, lost } = exchange.answer;
  expect(lost !== undefined || status >= 300, expected, `it was answered ${status}`, exchange);
}

/** Sends a request that must not become a forbidden call of the provider. The proxy's own answer does not matter. */
async function reachesNoForbiddenPath(world: World, method: string, path: string, body?: string): Promise<Exchange> {
  const watch = world.watch();
  const headers = { 'Content-Type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: world.key() };
  const exchange = await world.send(method, path, headers, body);
  const forbidden = watch.calls().find((call) => !isServed(world.profile, call));
  const came = `the provider was called: ${forbidden?.method} ${forbidden?.path}`;
  expect(forbidden === undefined, 'no such call of the provider', came, exchange);
  return exchange;
}

/** Whether a proxy may make this call. The path is first decoded and its dots are resolved, as a server would do. */
function isServed({ prefix, served }: Profile, { method, path }: ProviderCall): boolean {
  if (!path.startsWith(`${prefix}/`)) return false;
  const below = resolve(path.slice(prefix.length));
  return below !== undefined && served.some((pattern) => pattern.test(`${method} ${below}`));
}

/** The path that a lenient server would serve. `undefined` when it leads out of the provider's paths. */
function resolve(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replaceAll('\\', '/');
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  const segments: string[] = [];
  for (const segment of decoded.split(/[?#]/)[0]!.split('/').slice(1)) {
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return decoded.includes('?') ? undefined : `/${segments.join('/')}`;
}
