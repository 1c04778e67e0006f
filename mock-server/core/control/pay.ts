import * as z from 'zod/mini';

import { parseBody } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext, type ControlRoute } from './context.ts';
import { canStep, CUSTOMER_RESULTS, type CustomerResult } from '../providers/uqpay/lifecycle.ts';
import { PAY_PATH } from '../engine/pay-link.ts';
import { payPage } from './pay-page.ts';
import type { UpaymentsPaymentRow, UqpayIntentRow } from '../providers/uqpay/rows.ts';
import type { ProviderName } from '../engine/scenarios/scenarios.ts';
import { settleDue } from '../engine/settle.ts';
import type { SandboxState } from '../engine/state.ts';
import { completePayment } from '../providers/upayments/paying.ts';
import { completeIntent } from '../providers/uqpay/paying.ts';
import { shown } from '../engine/validation.ts';
import { paymentResult } from '../providers/uqpay/events.ts';
import { ok, type Call, type Reply } from '../engine/wire.ts';

/** A customer who is asked for nothing pays. */
const payBody = z.strictObject({ result: z.optional(z.enum(CUSTOMER_RESULTS)) });

/** A payment that a customer was sent to, whichever provider sent them. */
export interface Waiting {
  readonly what: string;
  /** `USD 10.01` */
  readonly amount: string;
  /** The provider's own word for where it stands. */
  readonly standing: () => string;
  readonly open: () => boolean;
  readonly complete: (result: CustomerResult, at: number) => void;
  /** Where the customer goes afterwards. */
  readonly back: (result: CustomerResult) => string | null;
}

const FIND: Readonly<Record<ProviderName, (state: SandboxState, id: string) => Waiting | undefined>> = {
  uqpay: (state, id) => {
    const row = state.store.intents.get(id);
    return row && waitingIntent(state, row);
  },
  upayments: (state, id) => {
    const row = state.store.payments.get(id);
    return row && waitingPayment(state, row);
  },
};

const waitingIntent = (state: SandboxState, row: UqpayIntentRow): Waiting => ({
  what: `UQPAY payment intent ${row.id}`,
  amount: `${row.currency} ${row.amount}`,
  standing: () => row.intent_status,
  open: () => canStep(row.intent_status, 'complete'),
  complete: (result, at) => completeIntent(state, row, result, at),
  back: () => withQuery(row.return_url, { payment_intent_id: row.id }),
});

function waitingPayment(state: SandboxState, row: UpaymentsPaymentRow): Waiting {
  const order = state.store.orders.get(row.order);
  return {
    what: `UPayments payment ${row.id}`,
    amount: order ? `${order.currency} ${order.total_price}` : '',
    standing: () => row.result,
    open: () => row.result === 'PENDING',
    complete: (result, at) => completePayment(state, row, result, at),
    back: (result) => withQuery(result === 'paid' ? row.return_url : row.cancel_url, paymentResult(state, row)),
  };
}

/** Nothing but an address of the web: what the merchant sent as a return address is a stranger's text. */
function withQuery(address: string | null, query: Readonly<Record<string, string>>): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** What stands in for the provider's hosted page: a person opens it, a test posts to it. */
export const PAY_ROUTES: readonly ControlRoute[] = [
  { method: 'GET', path: PAY_PATH, about: 'The page where a customer pays', handler: showPage },
  { method: 'POST', path: PAY_PATH, about: 'Pay, fail or cancel as the customer would', handler: pay },
];

function find({ state, params }: ControlContext): Waiting | Reply {
  const { provider = '', id = '' } = params;
  if (!Object.hasOwn(FIND, provider)) {
    return refuse(404, `no provider ${shown(provider)}: expected ${Object.keys(FIND).join(' or ')}`);
  }
  return FIND[provider as ProviderName](state, id) ?? refuse(404, `no payment ${shown(id)} of ${provider}`);
}

const isReply = (found: Waiting | Reply): found is Reply => 'status' in found;

function showPage(context: ControlContext): Reply {
  settleDue(context.state);
  const found = find(context);
  return isReply(found) ? found : payPage(found);
}

function pay(context: ControlContext): Reply {
  const now = settleDue(context.state);
  const found = find(context);
  if (isReply(found)) return found;
  const asked = parseBody(readable(context.call), payBody);
  if (isControlFault(asked)) return refuseFault(asked);
  if (!found.open()) return refuse(409, `${found.what} waits for nobody: it is ${found.standing()}`);
  const { result = 'paid' } = asked.data;
  found.complete(result, now);
  const back = found.back(result);
  if (!isForm(context.call)) return ok({ result, status: found.standing(), return_url: back });
  return back === null ? payPage(found) : { status: 303, headers: { location: back }, body: { return_url: back } };
}

const isForm = ({ headers }: Call): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;

/** The page posts a form, and a test may post nothing at all. */
function readable(call: Call): Call {
  if (call.body === '') return { ...call, body: '{}' };
  return isForm(call) ? { ...call, body: JSON.stringify(Object.fromEntries(new URLSearchParams(call.body))) } : call;
}
