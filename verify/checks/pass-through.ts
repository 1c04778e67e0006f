import * as z from 'zod/mini';

import { sameJson } from '../json.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';
import { changeAnswer } from './losses.ts';
import { outcomeOf } from './outcomes.ts';

const MEND = "Pass on the provider's status and body byte for byte. Do not parse the body and write it again.";

export const PASS_THROUGH: readonly Check[] = [
  {
    id: 'request-unchanged',
    title: 'The provider gets the amount and members that the form sends',
    level: 'required',
    why:
      'A proxy that rounds an amount, or turns a number into a string, refunds a different amount or nothing. One that knows no ' +
      'reason or reference of the form refuses each refund that has one, or loses it.',
    mend:
      'Forward every member unchanged, also the optional ones: reference and refundReason of UPayments, metadata of UQPAY. You may ' +
      'add one of your own, for example in metadata.',
    async run(world) {
      const { profile } = world;
      for (const more of [{}, profile.optionalMembers]) {
        const payment = await world.payment();
        const body = { ...profile.body(payment, profile.delicateAmount), ...more };
        const watch = world.watch();
        const exchange = await world.write(profile.refundPath, { body });
        expectMembers(body, watch.creates(payment), exchange);
      }
    },
  },
  {
    id: 'amount-once',
    title: 'The proxy checks the same amount that the provider reads',
    level: 'counted',
    why:
      'JSON may hold a member twice. Of two amounts one parser takes the first and another the last. If you check one amount ' +
      'and pass the body on as text, the provider may refund the other amount.',
    mend: 'Write a new body from the values that you have checked, or refuse a body that holds a member twice.',
    async run(world) {
      const { profile } = world;
      const { amountMember } = profile;
      for (const isLast of [true, false]) {
        const payment = await world.payment();
        const small = JSON.stringify(profile.body(payment, '1.00')).slice(1, -1);
        const large = JSON.stringify(profile.body(payment, '7.00')[amountMember]);
        const twice = `"${amountMember}":${large}`;
        const body = isLast ? `{${small},${twice}}` : `{${twice},${small}}`;
        const watch = world.watch();
        const exchange = await world.write(profile.refundPath, { body });
        for (const { text } of watch.creates(payment)) {
          const times = text.split(`"${amountMember}"`).length - 1;
          expect(times === 1, `one ${amountMember} at the provider`, `there were ${times}`, exchange);
        }
      }
    },
  },
  {
    id: 'success-unchanged',
    title: 'A success comes back with the provider’s status and body',
    level: 'required',
    why: 'The form reads the provider’s own answer. In another one it finds no refund, and reports the outcome as unknown.',
    mend: MEND,
    async run(world) {
      const payment = await world.payment();
      const watch = world.watch();
      const exchange = await world.refund(payment, '1.00');
      expectUnchanged(exchange, watch.answerTo(world.profile.refundPath));
    },
  },
  {
    id: 'errors-unchanged',
    title: 'A refusal of the provider comes back unchanged',
    level: 'required',
    why: 'If you turn a refusal into a 500, the form locks because money may have moved. If you turn it into a 200, it looks like a refund.',
    mend: MEND,
    async run(world) {
      for (const scenario of ['insufficient_balance', 'not_refundable']) {
        const payment = await world.payment();
        await world.scenario(scenario);
        const watch = world.watch();
        const exchange = await world.refund(payment, '1.00');
        expectUnchanged(exchange, watch.answerTo(world.profile.refundPath));
      }
    },
  },
  {
    id: 'unknown-values',
    title: 'New statuses and new members come back unchanged',
    level: 'required',
    why: 'Providers add statuses. A status that your proxy does not know is not a failure. Do not hide or rename it.',
    mend: MEND,
    run: (world) => passesOnChangedAnswer(world, (text) => world.profile.unheardOf(text)),
  },
  {
    id: 'numbers-unchanged',
    title: 'Numbers come back with every digit',
    level: 'required',
    why: 'KWD has three decimals, and some ids have more digits than a float can hold. To parse JSON and write it again changes both.',
    mend: MEND,
    run: (world) =>
      passesOnChangedAnswer(world, (text) =>
        text.replace(/^\{/, '{"verify_amount":12.340,"verify_number":9007199254740993,'),
      ),
  },
  {
    id: 'reads-unchanged',
    title: 'The form can read the refund that it made',
    level: 'required',
    why: 'Without this read nobody learns whether a pending refund succeeded.',
    mend: `Serve the provider's reads of a refund. ${MEND}`,
    async run(world) {
      const payment = await world.payment();
      const { profile } = world;
      const creation = await world.refund(payment, '1.00');
      const id = profile.refundId(creation.answer.json);
      expect(id !== undefined, 'a refund', `there is none in the answer (${creation.answer.status})`, creation);
      for (const path of profile.reads(payment, id)) {
        const watch = world.watch();
        const exchange = await world.read(path);
        expectUnchanged(exchange, watch.answerTo(path));
      }
      for (const path of profile.reads(payment, id)) await expectReadAnew(world, path);
    },
  },
];

/** Checks that the provider got each member as the form has sent it. */
export function expectMembers(
  body: Readonly<Record<string, unknown>>,
  [call]: readonly ProviderCall[],
  exchange: Exchange,
): void {
  expect(call !== undefined, 'a call of the provider', 'there was none', exchange);
  for (const [member, value] of Object.entries(body)) {
    const came = memberOf(call, member);
    const isKept = came !== undefined && holds(JSON.parse(came), value);
    const expected = `${member}: ${JSON.stringify(value)}`;
    expect(isKept, expected, `the provider got ${came ?? 'no such member'}`, exchange);
  }
}

/** Whether it is the same value. An object may hold more: a proxy may put a mark of its own into metadata. */
function holds(came: unknown, value: unknown): boolean {
  const members = z.safeParse(z.record(z.string(), z.unknown()), value).data;
  if (!members) return JSON.stringify(came) === JSON.stringify(value);
  const got = z.safeParse(z.record(z.string(), z.unknown()), came).data;
  return Object.entries(members).every(([name, member]) => holds(got?.[name], member));
}

/** Checks that the proxy answered with the status and the body of this provider call. */
function expectUnchanged(exchange: Exchange, call: ProviderCall | undefined): void {
  const { answer } = exchange;
  expect(call?.answer !== undefined, 'a call of the provider', 'there was none', exchange);
  const { status, text } = call.answer;
  expect(
    answer.status === status,
    `status ${status}, as the provider answered`,
    `it was ${outcomeOf(exchange)}`,
    exchange,
  );
  expect(sameJson(answer.text, text), `the provider's body: ${text}`, 'the body was different', exchange);
}

/** A proxy may answer a read again for a moment, so as not to ask the provider too often. */
const KEPT_AT_MOST_MS = 5_000;
const POLL_MS = 500;
const LATER = 'verify_later';

/** Checks that a read tells what has become of the refund since it was read last. */
async function expectReadAnew(world: World, path: string): Promise<void> {
  const change = (text: string) => text.replace(/^\{/, `{"${LATER}":1,`);
  world.recorder.rewrite({ method: 'GET', path: world.profile.prefix + path, isKept: true, change });
  for (let waited = 0; ; waited += POLL_MS) {
    const exchange = await world.read(path);
    if (exchange.answer.text.includes(LATER)) break;
    const isOld = waited >= KEPT_AT_MOST_MS;
    expect(!isOld, "the provider's present answer", 'an answer from before, for more than 5 seconds', exchange);
    await world.clock.pause(POLL_MS);
  }
  world.recorder.clear();
}

/** A member of the body that the provider got, as JSON. */
export function memberOf({ json }: ProviderCall, name: string): string | undefined {
  const members = z.safeParse(z.record(z.string(), z.unknown()), json).data ?? {};
  return JSON.stringify(members[name]);
}

/** @throws NotJudged when the read does not reach the provider: then what the provider says of a refund changes nothing */
export async function readAtProvider(world: World, path: string): Promise<Exchange> {
  const watch = world.watch();
  const exchange = await world.read(path);
  if (watch.answerTo(path)) return exchange;
  throw new NotJudged(`GET ${path} does not reach the provider: see reads-unchanged`);
}

/** Changes the provider's answer on its way to the proxy. The proxy has to pass the changed text on. */
async function passesOnChangedAnswer(world: World, change: (text: string) => string): Promise<void> {
  const payment = await world.payment();
  changeAnswer(world, change);
  const watch = world.watch();
  const exchange = await world.refund(payment, '1.00');
  expectUnchanged(exchange, watch.answerTo(world.profile.refundPath));
}
