import { expect, type Check } from '../check.ts';
import { parse } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';

/** Runs near the end, because it counts what reached the provider in the whole run: a queue sends again later. */
export const UNASKED: Check = {
  id: 'never-resent-later',
  title: 'No request is sent to the provider again later, when nobody waits for it',
  level: 'required',
  why:
    'A queue or a job that works off what failed sends a lost refund again seconds later. At that time it may have been ' +
    'carried out, and nobody sees the second refund.',
  mend:
    'Send a refund to the provider only while a request of the form waits for it. Let a job only read, or send the key ' +
    'again with which the provider recognises the first.',
  searchesAnswers: true,
  // A promise, because a check may have to wait.
  run: (world) => Promise.resolve(countAll(world)),
};

function countAll(world: World): void {
  let isAnyLost = false;
  for (const payment of world.payments.used) {
    const writes = world.exchanges.filter(({ sent }) => sent.method === 'POST' && isAbout(sent.body, payment));
    const sends = [...world.recorder.calls.entries()].filter(([, call]) => mayHaveRefunded(world, call, payment));
    isAnyLost ||= sends.some(([, { answer }]) => answer === undefined || answer.status >= 500);
    const unasked = sends.filter(
      ([index]) => !writes.some(({ calls }) => calls && calls[0] <= index && index < calls[1]),
    );
    // A key with which the provider recognises the first may be sent again.
    const { keyHeader } = world.profile;
    const isNew = ([at, { headers }]: (typeof sends)[number]) =>
      keyHeader === undefined ||
      !sends.some(([index, call]) => index < at && call.headers[keyHeader] === headers[keyHeader]);
    const count = unasked.filter(isNew).length;
    const came = `${count} ${count === 1 ? 'refund' : 'refunds'} of ${payment.id} came when none did`;
    expect(count === 0, 'a refund at the provider only while a request of the form waits for it', came, writes.at(-1));
  }
  if (!isAnyLost) throw new NotJudged('No answer of the provider was lost: run more checks than this one');
}

const isAbout = (text: string | undefined, { id }: Payment): boolean => text?.includes(id) === true;

/** Whether a call asks for a refund of the payment, and its answer does not say that no money moved. */
function mayHaveRefunded({ profile }: World, { method, path, text, answer }: ProviderCall, payment: Payment): boolean {
  if (method !== 'POST' || path !== profile.prefix + profile.refundPath || !isAbout(text, payment)) return false;
  if (!answer) return true;
  return profile.judge({ status: answer.status, body: parse(answer.text), resent: false }) !== 'nothing';
}
