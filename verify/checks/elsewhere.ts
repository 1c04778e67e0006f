import { parse } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';

/**
 * Refunds without the proxy, with its credentials, as somebody in the provider's dashboard would. Returns the id.
 * @throws NotJudged when the proxy has refunded nothing yet, or the sandbox refuses
 */
export async function refundElsewhere(world: World, payment: Payment, amount: string): Promise<string> {
  const { recorder, profile, sandbox } = world;
  const path = profile.prefix + profile.refundPath;
  const tokenPath = profile.tokenPath === undefined ? undefined : profile.prefix + profile.tokenPath;
  const last = recorder.calls.findLast((call) => call.path !== tokenPath && call.answer?.status !== 401);
  if (!last) throw new NotJudged('The provider has taken no call of the proxy yet');
  const own = Object.entries(last.headers).filter(([name]) => /^(?:authorization$|x-)/.test(name));
  const headers = {
    ...Object.fromEntries(own),
    'content-type': 'application/json',
    ...(profile.keyHeader !== undefined && { [profile.keyHeader]: world.key() }),
  };
  const body = JSON.stringify(profile.body(payment, amount));
  const answer = await fetch(sandbox.url + path, { method: 'POST', headers, body });
  const id = profile.refundId(parse(await answer.text()));
  if (id !== undefined) return id;
  throw new NotJudged(`The sandbox refused a refund with the proxy's credentials: ${answer.status}`);
}
