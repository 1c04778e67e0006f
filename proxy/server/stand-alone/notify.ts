import { createHmac } from 'node:crypto';

import { PlainError } from '../../telemetry/log.ts';
import type { OnChange } from '../../options.ts';
import { isInClear } from '../../providers/url.ts';
import type { Findings } from './environment.ts';
import type { Secrets } from './secrets.ts';
import type { Values } from './variables.ts';

/** The address for changes, if there is one. The address and its secret belong together. */
export function checkNotify(values: Values, { faults }: Findings): void {
  const { REFUND_NOTIFY_URL: url, REFUND_NOTIFY_SECRET: secrets, REFUND_ALLOW_PLAIN_HTTP: mayBePlain } = values;
  if (url === undefined && secrets.length > 0)
    faults.push('REFUND_NOTIFY_SECRET: does nothing without REFUND_NOTIFY_URL');
  if (url === undefined) return;
  if (secrets.length === 0) {
    faults.push(
      'REFUND_NOTIFY_SECRET: expected a secret to sign with: without it the receiver cannot tell who sent the change',
    );
  }
  if (isInClear(url) && !mayBePlain) {
    faults.push(
      'REFUND_NOTIFY_URL: http:// would tell of refunds in clear: use https://, or set REFUND_ALLOW_PLAIN_HTTP=1',
    );
  }
}

/**
 * Posts each change as JSON, signed as Standard Webhooks 1.0 says: `webhook-id`, `webhook-timestamp` in seconds, and
 * `webhook-signature` with one HMAC-SHA256 for each secret. A 2xx accepts the change; after anything else it is sent
 * again.
 */
export function notifier(values: Values, given: Secrets): OnChange | undefined {
  const { REFUND_NOTIFY_URL: url } = values;
  const source = given.source('REFUND_NOTIFY_SECRET', values);
  if (url === undefined || !source) return undefined;
  return async (change, { signal }) => {
    const secrets = await source();
    const body = JSON.stringify(change);
    const timestamp = Math.floor(Date.now() / 1_000);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': change.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': secrets.map((secret) => sign(secret, `${change.id}.${timestamp}.${body}`)).join(' '),
      },
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new PlainError(`REFUND_NOTIFY_URL answered ${response.status}`);
  };
}

function sign(secret: string, signed: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
