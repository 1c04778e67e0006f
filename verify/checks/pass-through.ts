import { sameJson } from '../json.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './idempotency.ts';

const MEND = "Pass the provider's status and body on byte for byte; do not parse and write it anew.";

export const PASS_THROUGH: readonly Check[] = [
  {
    id: 'request-unchanged',
    title: 'What the form asks for is what the provider is asked',
    level: 'required',
    why: 'An amount that is rounded, or turned from a number into a text, refunds something else or nothing.',
    mend: 'Forward every member as it came. Adding one of your own, such as to metadata, is fine.',
    async run(world) {
      const payment = await world.payment();
      const { profile } = world;
      const body = profile.body(payment, profile.delicateAmount);
      const watch = world.watch();
      const exchange = await world.write(profile.refundPath, { body });
      const [call] = watch.creates(payment);
      expect(call !== undefined, 'a call of the provider', 'there was none', exchange);
      const sentBody = (call.json ?? {}) as Record<string, unknown>;
      for (const [member, value] of Object.entries(body)) {
        const received = JSON.stringify(sentBody[member]);
        expect(
          received === JSON.stringify(value),
          `${member}: ${JSON.stringify(value)}`,
          `the provider got ${received}`,
          exchange,
        );
      }
    },
  },
  {
    id: 'amount-once',
    title: 'The amount that the proxy weighs is the one that the provider reads',
    level: 'counted',
    why:
      'JSON may name a member twice, and of two amounts one parser takes the first and another the last. A body that is ' +
      'weighed by its one amount and passed on as text is refunded by its other.',
    mend: 'Write the body anew from what you have read and checked, or refuse one that names a member twice.',
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
    why: 'The form reads the provider’s own words; in others it finds no refund and reports it as unknown.',
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
    title: 'A refusal of the provider comes back as it is',
    level: 'required',
    why: 'A refusal turned into a 500 locks the form as if money might have moved; turned into a 200 it is taken for a refund.',
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
    title: 'Words and members that are new come back as they came',
    level: 'required',
    why: 'Providers add statuses. One that your proxy does not know is not a failure, and must not be hidden or renamed.',
    mend: MEND,
    run: (world) => passesOnChangedAnswer(world, (text) => world.profile.unheardOf(text)),
  },
  {
    id: 'numbers-unchanged',
    title: 'Numbers come back with every digit',
    level: 'required',
    why: 'KWD has three decimals and ids are longer than a float is exact: parsing and writing JSON anew changes both.',
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
    why: 'Without it nobody learns whether a pending refund was carried out.',
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
    },
  },
];

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

/** Changes the provider's answer on its way to the proxy. The proxy has to pass the changed text on. */
async function passesOnChangedAnswer(world: World, change: (text: string) => string): Promise<void> {
  const { profile, recorder } = world;
  const payment = await world.payment();
  recorder.rewrite({ method: 'POST', path: profile.prefix + profile.refundPath, change });
  const watch = world.watch();
  const exchange = await world.refund(payment, '1.00');
  expectUnchanged(exchange, watch.answerTo(profile.refundPath));
}
