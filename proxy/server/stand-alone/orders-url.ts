import { readLimited } from '../../providers/exchange.ts';
import { PlainError } from '../../telemetry/log.ts';
import type { RefundProxyOptions } from '../../options.ts';

/** An order has a few hundred bytes. */
const MAX_BYTES = 1_048_576;

interface Header {
  readonly name: string;
  readonly value: string;
}

/** Asks the merchant's server for one order. Failures are logged in our own words, never with the header. */
export function ordersAt(template: string, header: (() => Promise<Header>) | undefined): RefundProxyOptions['orders'] {
  return async (id, { signal }) => {
    // As a path segment these would change the path.
    if (id === '.' || id === '..') return undefined;
    const response = await ask(
      template.replaceAll('{id}', () => encodeURIComponent(id)),
      await header?.(),
      signal,
    );
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw new PlainError(`REFUND_ORDERS_URL answered ${adviceOn(response.status)}`);
    const bytes = await readLimited(response.body, MAX_BYTES);
    if (!bytes) throw new PlainError('REFUND_ORDERS_URL answered with more than one order can be');
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    } catch (error) {
      throw new PlainError('REFUND_ORDERS_URL answered with something that is not JSON', { cause: error });
    }
  };
}

async function ask(url: string, header: Header | undefined, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { accept: 'application/json', ...(header && { [header.name]: header.value }) },
      // A redirect could send the credential, or the question about the captured amount, to another server.
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason given';
    throw new PlainError(`REFUND_ORDERS_URL could not be reached (${code})`, { cause: error });
  }
}

function adviceOn(status: number): string {
  if (status === 401 || status === 403) return `${status}: it wants a credential, check REFUND_ORDERS_HEADER`;
  if (status >= 300 && status < 400) return `${status}: redirects are not followed, give the address it leads to`;
  return `${status}, where 200 with the order or 404 was expected`;
}
