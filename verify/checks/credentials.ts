import { expect, Mismatch, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';

export const CREDENTIALS: readonly Check[] = [
  {
    id: 'credentials-added',
    title: 'The provider gets your credentials from the proxy',
    level: 'required',
    why: 'Without them the live provider refuses every call, although a lenient sandbox may accept it.',
    mend: "Add the provider's headers from your configuration to every call.",
    async run(world) {
      const payment = await world.payment();
      const watch = world.watch();
      await world.refund(payment, '1.00');
      const [call] = watch.creates(payment);
      const missing = call ? world.profile.missingCredentials(call.headers) : 'the call itself';
      expect(missing === undefined, 'a call with all credentials', `this was missing: ${missing}`);
    },
  },
  {
    id: 'strangers-headers',
    title: 'Headers of the browser are not passed on',
    level: 'required',
    why:
      'With x-on-behalf-of a browser could choose whose money is refunded. With credentials of its own it could choose the ' +
      'account. And the provider must not see your session cookie.',
    mend: 'Build new headers for the outgoing call. Copy only headers that your code names.',
    async run(world) {
      const payment = await world.payment();
      const { strangers } = world.profile;
      const watch = world.watch();
      const exchange = await world.refund(payment, '1.00', { headers: strangers });
      for (const call of watch.calls()) {
        for (const [name, value] of Object.entries(strangers)) {
          const header = Object.entries(call.headers).find(([, sent]) => sent.includes(value));
          if (!header) continue;
          throw new Mismatch(
            `no ${name} of the browser`,
            `${call.method} ${call.path} carried it as ${header[0]}`,
            exchange,
          );
        }
      }
    },
  },
  {
    id: 'notify-url',
    title: 'The browser cannot choose where the provider reports to',
    level: 'required',
    why: 'With the notifyUrl of a stranger, the provider reports your refunds to that stranger, and your own callback gets nothing.',
    mend: 'Replace notifyUrl in the body by the one from your configuration, or refuse a body that has one.',
    appliesTo: ({ configured }) => Object.keys(configured).length > 0,
    async run(world) {
      const payment = await world.payment();
      const { profile } = world;
      const { configured } = profile;
      const watch = world.watch();
      const body = { ...profile.body(payment, '1.00'), ...configured };
      const exchange = await world.write(profile.refundPath, { body });
      for (const [member, value] of Object.entries(configured)) {
        const isPassedOn = watch.calls().some(({ text }) => text.includes(value));
        expect(!isPassedOn, `no ${member} of the browser at the provider`, 'it was passed on', exchange);
      }
    },
  },
  {
    id: 'members-known',
    title: 'Only members that the proxy has read reach the provider',
    level: 'required',
    why:
      'The proxy does not check a member in another spelling, such as Amount, or one that chooses an account. The provider may ' +
      'read it. Then the refund is not the one that you have checked.',
    mend: 'Write the body of the outgoing call from the members that your code names. Drop or refuse all others.',
    async run(world) {
      const { profile } = world;
      const payment = await world.payment();
      const known = profile.body(payment, '1.00');
      const capitalised = Object.entries(known).map(
        ([name, value]) => [name[0]?.toUpperCase() + name.slice(1), value] as const,
      );
      const strange = Object.fromEntries([
        ...capitalised,
        ['on_behalf_of', 'verify-stranger'],
        ['onBehalfOf', 'verify-stranger'],
      ]);
      const watch = world.watch();
      const exchange = await world.write(profile.refundPath, { body: { ...known, ...strange } });
      for (const { json } of watch.creates(payment)) {
        const passedOn = Object.keys(Object(json)).find((name) => Object.hasOwn(strange, name));
        expect(passedOn === undefined, 'no member that the form does not send', `${passedOn} was passed on`, exchange);
      }
    },
  },
];

/** Runs last, because it searches every answer of the whole run. */
export const LEAKS: Check = {
  id: 'credentials-not-leaked',
  title: 'No answer holds a credential, not even when things break',
  level: 'required',
  why: 'Whoever finds a key or a token in a browser can refund without your proxy, and can do more than that.',
  mend: 'When a call fails, answer with a text of your own, never with the error object or the request. Pass on only headers that your code names.',
  searchesAnswers: true,
  async run(world) {
    // Careless code prints its request when the provider drops the connection.
    await world.scenario('drop_before_commit');
    await world.refund(await world.payment(), '1.00');
    await world.scenario('malformed_json');
    await world.refund(await world.payment(), '1.00');
    const secretTexts = world.secrets().flatMap((secret) => [secret, btoa(secret).replace(/=+$/, '')]);
    for (const exchange of world.exchanges) {
      const place = leakOf(exchange, secretTexts);
      expect(place === undefined, 'no credential in any answer', `the ${place} of one holds a credential`, exchange);
    }
  },
};

function leakOf({ answer }: Exchange, secretTexts: readonly string[]): string | undefined {
  if (secretTexts.some((secret) => answer.text.includes(secret))) return 'body';
  const [name] =
    Object.entries(answer.headers).find(([, value]) => secretTexts.some((secret) => value.includes(secret))) ?? [];
  return name === undefined ? undefined : `header ${name}`;
}
