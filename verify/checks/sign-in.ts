import * as z from 'zod/mini';

import { isSuccess, paymentSummary } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Answer } from '../drive.ts';
import { eventsIn, everyLivePath } from '../live.ts';
import { almost, madeUp, nobody, type SignIn } from '../sign-in.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { openRoutes, routesOf, type Route } from './routes.ts';

/** Live status is open after this time: it does not end by itself. */
const OPEN_MS = 1_000;

export const SIGN_INS: readonly Check[] = [
  {
    id: 'sign-in',
    title: 'Nobody refunds or reads without your sign-in',
    level: 'required',
    why:
      'Without it anybody who can reach the address refunds from your account, or reads and follows what you refund. The sign-in of ' +
      'the admin page does not protect its endpoint.',
    mend:
      'Check your session first on every request, also on reads, on live status and on /intents, and answer 401 unauthenticated. ' +
      'Look the session up, and compare the whole value: that the header, its cookie or the word Bearer is there says nothing.',
    needsSignIn: true,
    async run(world) {
      const { signIn } = world;
      const reads = await readsOf(world);
      const routes = await openRoutes(world);
      const refused = { reads, routes, isOpenTo: isForPrograms };
      await refusesAll(world, nobody(signIn), { ...refused, expected: 'a refusal such as 401 without your sign-in' });
      const expected = 'a refusal such as 401 with a session that does not exist, in the shape of yours';
      await refusesAll(world, madeUp(signIn), { ...refused, expected });
      // Whoever counts wrong passwords locks a user out after a few.
      await refusesAll(world, almost(signIn), {
        ...refused,
        reads: { served: reads.served, optional: [] },
        routes: [routesOf(world)[0]],
        expected: 'a refusal such as 401 with one character of your session changed',
      });
    },
  },
  {
    id: 'permission',
    title: 'Somebody who has signed in and may not refund neither refunds nor reads',
    level: 'required',
    why:
      'Not everybody who may sign in to your shop may refund. A proxy that only asks whether somebody has signed in lets each customer ' +
      'refund, and live status that forgets to ask tells them what is refunded.',
    mend:
      'Ask for the permission on every request, also on reads and for each payment of live status, and answer 403 forbidden, or 404 ' +
      'payment_not_found where nobody is to learn that there is such a payment.',
    needsOtherSignIn: true,
    async run(world) {
      const reads = await readsOf(world);
      const routes = await openRoutes(world);
      const expected = 'a refusal such as 403';
      await refusesAll(world, world.otherHeaders, { reads, routes, expected, isOpenTo: tells });
    },
  },
];

/** Paths that a proxy may read. */
interface Reads {
  /** Of the provider and of the payment: nobody else is answered with a success. */
  readonly served: readonly string[];
  /** What not every proxy has: a server may answer a page to any path. */
  readonly optional: readonly string[];
}

async function readsOf(world: World): Promise<Reads> {
  const payment = await world.payment();
  const creation = await world.refund(payment, '1.00');
  const id = world.profile.refundId(creation.answer.json) ?? 'x';
  const ofPayment = `/payments/${encodeURIComponent(payment.id)}`;
  const { json } = (await world.read(ofPayment)).answer;
  const intents = z.safeParse(paymentSummary, json).data?.refunds?.map(({ intent_id: intent }) => intent) ?? [];
  return {
    served: [...world.profile.reads(payment, id), ofPayment],
    optional: [
      ...everyLivePath(payment),
      '/intents',
      `/intents?payment_id=${encodeURIComponent(payment.id)}`,
      ...intents.flatMap((intent) => (intent ? [`/intents/${encodeURIComponent(intent)}`] : [])),
    ],
  };
}

interface Refused {
  readonly reads: Reads;
  readonly routes: readonly Route[];
  readonly expected: string;
  /** Whether the answer to an optional path lets somebody in. */
  readonly isOpenTo: (answer: Answer) => boolean;
}

async function refusesAll(world: World, signIn: SignIn, { reads, routes, expected, isOpenTo }: Refused): Promise<void> {
  for (const route of routes) await refusesWrite(world, route, signIn, expected);
  for (const path of [...reads.served, ...reads.optional]) {
    const watch = world.watch();
    const exchange = await world.readAs(signIn, path, OPEN_MS);
    const { answer } = exchange;
    const isOpen = isSuccess(answer.status) && (reads.served.includes(path) || isOpenTo(answer));
    expect(!isOpen, expected, `${path} was answered ${answer.status}`, exchange);
    const callCount = watch.calls().length;
    expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
  }
}

const isStream = ({ headers }: Answer): boolean => headers['content-type']?.startsWith('text/event-stream') === true;

/** Whether it is an answer for a program. */
const isForPrograms = (answer: Answer): boolean => answer.json !== undefined || isStream(answer);

/** Whether it tells a payment. A stream may say of each that its read is refused, and a list may show what this person may see. */
function tells(answer: Answer): boolean {
  if (isStream(answer)) return eventsIn(answer.text).some(({ name }) => name === 'payment');
  const { data } = z.safeParse(NO_INTENTS, answer.json);
  return answer.json !== undefined && !data;
}

const NO_INTENTS = z.looseObject({ intents: z.array(z.unknown()).check(z.maxLength(0)) });

async function refusesWrite(
  world: World,
  { what, path, prepare }: Route,
  signIn: SignIn,
  expected: string,
): Promise<void> {
  const { body } = await prepare(world);
  const watch = world.watch();
  const exchange = await world.writeAs(signIn, path, body);
  const callCount = watch.writes().length;
  expect(callCount === 0, `no call of the provider for ${what}`, `there were ${callCount}`, exchange);
  const { status } = exchange.answer;
  const isRefused = (status >= 300 && status <= 499) || exchange.answer.lost !== undefined;
  expect(isRefused, expected, `it was answered ${outcomeOf(exchange)}`, exchange);
}
