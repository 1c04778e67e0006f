import { isUuid } from '../../../../contract/headers.ts';
import { UQPAY_SAMPLES } from '../../../../contract/uqpay/samples.ts';
import { note } from '../../engine/context.ts';
import type { CalledRoute, Context } from '../../engine/provider.ts';
import { fingerprint } from '../../engine/random.ts';
import { DAY } from '../../engine/time.ts';
import { describe } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { uqpayRefusal } from './replies.ts';

/** An answer is replayed for 24 hours; `docs/providers/uqpay.md#idempotency`. D */
const REPLAYED_FOR = DAY;
const DEV_ALIAS = 'idempotency-key';

/** A write has a key; on a read, and where a client signs in, it is ignored. `docs/providers/uqpay.md#idempotency` */
export const takesKey = ({ method, auth }: CalledRoute): boolean => method !== 'GET' && auth;

export function keyOf({ state, call }: Context): string | undefined {
  return call.headers['x-idempotency-key'] ?? (state.options.dev ? call.headers[DEV_ALIAS] : undefined);
}

/** A UUID is the same key in small letters and in capitals. P */
const canonical = (key: string): string => key.toLowerCase();
export const sameKey = (one: string, other: string): boolean => canonical(one) === canonical(other);

export function recall(context: Context): Reply | undefined {
  if (!takesKey(context.route)) return undefined;
  const { state, now, key, account } = context;
  if (key === undefined) {
    return uqpayRefusal('idempotency_error', 'idempotency_key_required', 'x-idempotency-key is required: send a UUID');
  }
  if (!isUuid(key)) {
    note(context, 'uqpay.idempotency-key-format');
    return uqpayRefusal(
      'idempotency_error',
      'idempotency_key_invalid',
      `x-idempotency-key must be a UUID, received ${describe(key)}`,
    );
  }
  const same = canonical(key);
  // A key belongs to one account. P
  context.scopedKey = account === null ? same : `${account}:${same}`;
  const answer = state.idempotency.find(context.scopedKey, now);
  if (!answer) return undefined;
  if (answer.fingerprint !== fingerprintOf(context)) {
    return uqpayRefusal(
      'idempotency_error',
      'idempotency_key_reused',
      'x-idempotency-key was used for another request: a key belongs to one request only',
    );
  }
  if (answer.running) {
    note(context, 'uqpay.idempotency-running');
    return { status: 400, body: UQPAY_SAMPLES.processing };
  }
  context.replayed = true;
  return { status: answer.status, body: answer.body, serialized: true };
}

export function keep(context: Context, status: number, body: string): { running: boolean } | undefined {
  if (!context.executed || context.scopedKey === undefined) return undefined;
  note(context, 'uqpay.idempotency-kept');
  const answer = { fingerprint: fingerprintOf(context), status, body, expires: context.now + REPLAYED_FOR };
  return context.state.idempotency.keep(context.scopedKey, answer, context.now);
}

function fingerprintOf({ call }: Context): number {
  return fingerprint(`${call.method} ${call.path}\n${call.body}`);
}
