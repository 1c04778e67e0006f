import * as z from 'zod/mini';

import { CUSTOMER_RESULTS, PAY_PATH } from '../engine/checkout.ts';
import type { Checkout } from '../engine/provider.ts';
import { settleDue } from '../engine/settle.ts';
import { quote } from '../engine/validation.ts';
import { ok, type Call, type Reply } from '../engine/wire.ts';
import { parseBody } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext, type ControlRoute } from './context.ts';
import { payPage } from './pay-page.ts';

/** `result` is "paid" by default. */
const payBody = z.strictObject({ result: z.optional(z.enum(CUSTOMER_RESULTS)) });

/** The sandbox's own payment page: a person opens it, a test posts to it. */
export const PAY_ROUTES: readonly ControlRoute[] = [
  { method: 'GET', path: PAY_PATH, about: 'The page where a customer pays', handler: showPage },
  { method: 'POST', path: PAY_PATH, about: 'Pay, fail or cancel as the customer would', handler: pay },
];

function find({ state, params }: ControlContext): Checkout | Reply {
  const { provider = '', id = '' } = params;
  const payers = state.registry.providers.filter(({ checkout }) => checkout !== undefined);
  const payer = payers.find(({ name }) => name === provider);
  if (!payer) {
    const expected = payers.map(({ name }) => name).join(' or ');
    return refuse(404, `no provider ${quote(provider)}: expected ${expected}`);
  }
  return payer.checkout?.(state, id) ?? refuse(404, `no payment ${quote(id)} of ${provider}`);
}

const isReply = (value: Checkout | Reply): value is Reply => 'body' in value;

function showPage(context: ControlContext): Reply {
  settleDue(context.state);
  const checkout = find(context);
  return isReply(checkout) ? checkout : payPage(checkout);
}

function pay(context: ControlContext): Reply {
  const now = settleDue(context.state);
  const checkout = find(context);
  if (isReply(checkout)) return checkout;
  const parsed = parseBody(asJson(context.call), payBody);
  if (isControlFault(parsed)) return refuseFault(parsed);
  if (!checkout.isOpen()) return refuse(409, `${checkout.title} waits for nobody: it is ${checkout.status()}`);
  const { result = 'paid' } = parsed.data;
  checkout.complete(result, now);
  const back = checkout.returnUrl(result);
  if (!isForm(context.call)) return ok({ result, status: checkout.status(), return_url: back });
  return back === null ? payPage(checkout) : { status: 303, headers: { location: back }, body: { return_url: back } };
}

const isForm = ({ headers }: Call): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;

/** The page posts a form, and a test may post an empty body. */
function asJson(call: Call): Call {
  if (call.body === '') return { ...call, body: '{}' };
  return isForm(call) ? { ...call, body: JSON.stringify(Object.fromEntries(new URLSearchParams(call.body))) } : call;
}
