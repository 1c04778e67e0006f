import * as z from 'zod/mini';

import { isProblemCode, problem, PROBLEM_CONTENT_TYPE, REFUND_FORM } from '../../contract/index.ts';
import { expect, Mismatch, type Check } from '../check.ts';
import { CHUNKED, type Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import { FOREIGN, lookAlikes, STRANGERS, type Stranger } from '../origins.ts';
import { pageOf } from '../sign-in.ts';
import type { World } from '../world.ts';
import type { Write } from '../world-options.ts';
import { outcomeOf } from './outcomes.ts';
import { openRoutes, refundRoutes, routesOf, type Route } from './routes.ts';

const IN_CHUNKS = { [CHUNKED]: 'chunked' };
const BIG = 2 * 1024 * 1024;

export const GUARDS: readonly Check[] = [
  {
    id: 'guard-form-header',
    title: 'A write without X-Refund-Form is refused',
    level: 'required',
    why: 'The header makes the browser ask your server first. Without it any page that your admin opens can post a refund with your session.',
    mend: 'Refuse every write that does not bring X-Refund-Form: 1, with 400 refund_form_header_required.',
    run: (world) => refusesOnAllRoutes(world, { [REFUND_FORM]: undefined }),
  },
  {
    id: 'guard-content-type',
    title: 'A write that is not application/json is refused',
    level: 'recommended',
    why: 'A form on another site can send text/plain, and the browser does not ask your server first.',
    mend: 'Answer 415 unsupported_media_type unless Content-Type is application/json.',
    async run(world) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain; a=application/json']) {
        await refusesOnAllRoutes(world, { 'Content-Type': type });
      }
    },
  },
  {
    id: 'guard-origin',
    title: 'A page of another origin is refused',
    level: 'recommended',
    why: 'It is a second protection besides X-Refund-Form, in case a CORS rule is too wide.',
    mend:
      'Compare the whole Origin with the origins of your own admin pages, and not how it begins or ends. If there is no Origin, use ' +
      'Sec-Fetch-Site.',
    async run(world) {
      await refusesOnAllRoutes(world, { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' });
      await refusesOnAllRoutes(world, { Origin: 'null' });
      for (const { origin, sibling } of strangersOf(world)) {
        const mayBreak = !URL.canParse(origin);
        if (sibling === undefined) await refusesWrite(world, { headers: { Origin: origin }, mayBreak });
      }
    },
  },
  {
    id: 'guard-cors',
    title: 'CORS names no origin that is not yours',
    level: 'required',
    why: 'If you answer with the request’s Origin or with *, every page on the web can read and write refunds in your admin’s name.',
    mend:
      'Send Access-Control-Allow-Origin only for origins on a fixed list, and compare the whole origin: one that begins or ends like ' +
      'yours, or has another port, is somebody else’s. This also applies to a preflight.',
    async run(world) {
      for (const { origin, sibling } of [...STRANGERS, ...strangersOf(world)]) {
        const open = await opened(world, origin);
        if (!open || (sibling !== undefined && (await opened(world, sibling)))) continue;
        const came = `it was ${open.answer.headers[ALLOWED]}`;
        throw new Mismatch(`no Access-Control-Allow-Origin for ${origin}`, came, open);
      }
    },
  },
  {
    id: 'guard-body-limit',
    title: 'A body of two megabytes is refused',
    level: 'recommended',
    why: 'A refund is a few hundred bytes. Without a limit a single page can fill the memory of your server.',
    mend: 'Stop reading at about 64 kB and answer 413 body_too_large.',
    async run(world) {
      await refusesWrite(world, { padding: BIG });
      await refusesWrite(world, { padding: BIG, headers: IN_CHUNKS });
    },
  },
  {
    id: 'guard-chunked',
    title: 'A body in chunks is read whole, or refused',
    level: 'recommended',
    why:
      'A server in front may pass on a body without its length. A proxy that looks for Content-Length breaks on it, or takes the ' +
      'chunks for the next request.',
    mend: 'Read the body whatever its framing, up to your limit. If your server cannot, refuse it with a 4xx and effect: nothing.',
    async run(world) {
      for (const { what, path, prepare } of await refundRoutes(world)) {
        const { body, isMade, countDone } = await prepare(world);
        const exchange = await world.write(path, { body, headers: IN_CHUNKS });
        const times = await countDone();
        const claim = world.claim(exchange, isMade);
        const isTrue = times === 1 ? claim === 'refunded' : times === 0 && claim === 'nothing';
        const came = `it was carried out ${times} times, and answered ${outcomeOf(exchange)}`;
        expect(isTrue, `${what} in chunks to be carried out, or to be refused`, came, exchange);
      }
    },
  },
  {
    id: 'guard-malformed-json',
    title: 'A body that is not JSON is refused, and nothing breaks',
    level: 'recommended',
    why: 'A 500 means that money may have moved. The form then locks, although the provider never got the request.',
    mend: 'Answer 400 malformed_json.',
    async run(world) {
      const payment = await world.payment();
      const validBody = JSON.stringify(world.profile.body(payment, '1.00'));
      for (const body of [validBody.slice(0, -1), '', 'null', `[${validBody}]`]) await refusesWrite(world, { body });
    },
  },
  {
    id: 'problem-shape',
    title: 'The proxy’s own refusals are problems that a program can read',
    level: 'recommended',
    why: 'With code and effect the form can say what is wrong and that nothing was refunded. Without them it only shows a status.',
    mend: 'Answer application/problem+json (RFC 9457) with title, status, and the code and effect that docs/proxy/behaviour.md lists.',
    async run(world) {
      const payment = await world.payment();
      const refusals: Exchange[] = [];
      for (const send of [
        () => world.refund(payment, '1.00', { headers: { [REFUND_FORM]: undefined } }),
        () => world.write('/nothing/of/this/name', { body: {} }),
        () => world.write(world.profile.refundPath, { body: '{' }),
      ]) {
        const watch = world.watch();
        const exchange = await send();
        const { status } = exchange.answer;
        // Whether it refuses them all is for other checks, and what the provider answers is not the proxy's own.
        if (watch.writes().length === 0 && status >= 400 && status <= 499) refusals.push(exchange);
      }
      if (refusals.length === 0) throw new NotJudged('The proxy itself refuses none of the faulty requests');
      for (const exchange of refusals) expectProblem(exchange);
    },
  },
];

/** Pages of strangers whose origin looks like that of the proxy, or of the page that `--header` names. */
function strangersOf({ endpoint, signIn }: World): readonly Stranger[] {
  const page = pageOf(signIn);
  const own = [endpoint, ...(page !== undefined && URL.canParse(page) ? [new URL(page)] : [])];
  const strangers = own.flatMap(lookAlikes).filter(({ origin }) => own.every((url) => url.origin !== origin));
  return [...new Map(strangers.map((stranger) => [stranger.origin, stranger])).values()];
}

const ALLOWED = 'access-control-allow-origin';

/** The exchange in which the proxy lets pages of this origin in. */
async function opened(world: World, origin: string): Promise<Exchange | undefined> {
  const [read = ''] = world.profile.reads({ id: 'x', currency: '', captured: '' }, 'x');
  const headers = {
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type,x-refund-form,idempotency-key',
  };
  const exchanges = [
    await world.send('OPTIONS', world.profile.refundPath, headers),
    await world.read(read, { Origin: origin }),
    await world.write(world.profile.refundPath, { body: {}, headers: { Origin: origin } }),
  ];
  return exchanges.find(({ answer }) => [origin, '*'].includes(answer.headers[ALLOWED] ?? ''));
}

function expectProblem(exchange: Exchange): void {
  const { headers, json, status } = exchange.answer;
  const type = headers['content-type'] ?? 'no content type';
  expect(type.startsWith(PROBLEM_CONTENT_TYPE), PROBLEM_CONTENT_TYPE, `it is ${type}`, exchange);
  const own = z.safeParse(problem, json).data;
  expect(own?.status === status, `title, code, and status ${status}`, 'the body does not have them', exchange);
  expect(isProblemCode(own.code), 'a code of the contract', `it is ${own.code}`, exchange);
  expect(own.effect === 'nothing', 'effect: nothing', `it is ${own.effect ?? 'missing'}`, exchange);
}

/** Sends a write with these headers on each route that changes something. */
async function refusesOnAllRoutes(world: World, headers: Write['headers'] & object): Promise<void> {
  for (const route of await openRoutes(world)) await refusesWrite(world, { headers, route });
}

interface Faulty {
  readonly headers?: Write['headers'];
  readonly body?: string;
  /** How many characters of white space make the body longer. */
  readonly padding?: number;
  /** Whether no browser sends it: then it has only to reach no provider. */
  readonly mayBreak?: boolean;
  /** Without it a refund. */
  readonly route?: Route;
}

/** Sends a faulty write. It must do nothing, reach no provider, and be answered with a refusal. */
async function refusesWrite(
  world: World,
  { headers, body, padding = 0, mayBreak = false, route = routesOf(world)[0] }: Faulty,
): Promise<void> {
  const prepared = await route.prepare(world);
  const watch = world.watch();
  // White space makes a body long and leaves it valid: only its length is a reason to refuse it.
  const validBody = JSON.stringify(prepared.body).replace(/\}$/, `${' '.repeat(padding)}}`);
  const exchange: Exchange = await world.write(route.path, { body: body ?? validBody, ...(headers && { headers }) });
  const times = await prepared.countDone();
  expect(times === 0, `${route.what} not to be carried out`, `it was, ${times} times`, exchange);
  const callCount = watch.writes().length;
  // The provider can refuse a body that is not JSON itself. Only the proxy can know of any other fault.
  expect(callCount === 0 || body !== undefined, 'no call of the provider', `there were ${callCount}`, exchange);
  const { status, lost } = exchange.answer;
  // A server may close the connection on a body that it does not want to read.
  const isRefused = lost === undefined ? status >= 400 && (status <= 499 || mayBreak) : padding > 0 || mayBreak;
  expect(isRefused, 'a refusal, status 400 to 499', `it was answered ${outcomeOf(exchange)}`, exchange);
}
