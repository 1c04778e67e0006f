import { isUuid } from '../../../contract/headers.ts';
import { note, type Context } from '../context.ts';
import { fingerprint } from '../random.ts';
import type { Reply } from '../wire.ts';
import { uqpayRefusal } from './replies.ts';

const DEV_ALIAS = 'idempotency-key';

/** `x-idempotency-key` on a write: `uqpay.md`, Base. Reads may carry one and it is not looked at. */
export function recall(context: Context): Reply | undefined {
  if (context.route.method === 'GET' || !context.route.auth) return undefined;
  const { state, call, now } = context;
  const key = call.headers['x-idempotency-key'] ?? (state.options.dev ? call.headers[DEV_ALIAS] : undefined);
  if (key === undefined) {
    return uqpayRefusal('idempotency_error', 'idempotency_key_required', 'x-idempotency-key is required: send a UUID');
  }
  if (!isUuid(key)) {
    return uqpayRefusal('idempotency_error', 'idempotency_key_invalid', 'x-idempotency-key must be a UUID');
  }
  context.key = key;
  const account = call.headers['x-on-behalf-of'];
  context.scopedKey = account ? `${account}:${key.toLowerCase()}` : key.toLowerCase();
  const kept = state.idempotency.find(context.scopedKey, now);
  if (!kept) return undefined;
  if (kept.fingerprint !== fingerprintOf(context)) {
    return uqpayRefusal(
      'idempotency_error',
      'idempotency_key_reused',
      'x-idempotency-key was used for another request: a key belongs to one request only',
    );
  }
  if (kept.running) {
    note(context, 'uqpay.idempotency-running');
    return { status: 400, body: { code: 200, message: 'The previous request is processing, please try again later' } };
  }
  context.replayed = true;
  return { status: kept.status, body: kept.body, written: true };
}

export function keep(context: Context, status: number, body: string): { running: boolean } | undefined {
  if (!context.executed || context.scopedKey === undefined) return undefined;
  note(context, 'uqpay.idempotency-kept');
  const answer = { fingerprint: fingerprintOf(context), status, body };
  return context.state.idempotency.keep(context.scopedKey, answer, context.now);
}

function fingerprintOf({ call, route }: Context): number {
  return fingerprint(`${route.name}\n${call.body}`);
}
