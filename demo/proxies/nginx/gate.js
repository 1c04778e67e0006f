// Who may come in, and which path does what. The helper says what to send, byte for byte, and what an answer means.

import calls from 'calls.js';
import replies from 'replies.js';

const WRITES = {
  uqpay: ['/v2/payment/refunds'],
  upayments: ['/create-refund', '/create-multivendor-refund', '/delete-refund', '/delete-multivendor-refund'],
};
const SECONDS_BELOW = 100000000000; // Smaller timestamps are seconds, larger ones milliseconds.
const READS = { uqpay: ['/v2/payment/refunds/'], upayments: ['/check-refund/', '/check-refund-status/'] };

/** Put the look-up of your own session here. It must check the session, not only that a header is there. */
function isSignedIn(r) {
  return Boolean(process.env.REFUND_SESSION) && r.headersIn['X-Session'] === process.env.REFUND_SESSION;
}

async function write(r, path) {
  if (r.headersIn['X-Refund-Form'] !== '1') return replies.refuse(r, 400, 'refund_form_header_required');
  if (!/^application\/json\s*(;|$)/i.test(r.headersIn['Content-Type'] || ''))
    return replies.refuse(r, 415, 'unsupported_media_type');
  let begun;
  try {
    const looked = await calls.look(r, { path: path }, r.requestBuffer, 'admit');
    if (looked.status !== 204) return replies.pass(r, looked);
    begun = await calls.ask(r, 'begin', { path: path }, r.requestBuffer);
  } catch (error) {
    r.error(`${r.headersIn['Idempotency-Key']} was not sent: ${String(error)}`);
    // An earlier request with this key may have been sent.
    return replies.refuse(r, 503, 'ledger_unavailable', 'unknown');
  }
  // The number is the helper's word that the request is written down and not yet sent. All else is its answer.
  const number = begun.headersOut['Refund-Number'];
  if (!number) return replies.pass(r, begun);
  const key = begun.headersOut['Refund-Key'];
  let answer;
  let unsent;
  try {
    answer = await calls.provider(r, 'POST', path, begun.responseBuffer, key);
    // As it came, a form would take it for a sign-in that has ended.
    if (answer.status === 401) unsent = 'credentials_refused';
  } catch (error) {
    r.error(`${key} has no answer: ${String(error)}`);
    unsent = error.noToken;
  }
  const said = {
    number: number,
    // To the helper a 401 means that nothing was carried out this time.
    status: answer ? answer.status : unsent ? 401 : 504,
    type: (answer && answer.headersOut['Content-Type']) || '',
  };
  let isSettled = false;
  try {
    isSettled = await calls.settle(r, said, answer ? answer.responseBuffer : unsent ? '{}' : '');
  } catch (error) {
    r.error(`${key} stays in state sending: ${String(error)}`);
  }
  if (!isSettled) return replies.refuse(r, 504, 'outcome_unknown', 'unknown');
  if (unsent) return replies.refuse(r, 502, unsent);
  return replies.pass(r, answer);
}

/** It would forge a line of the log. */
function hasControl(id) {
  return id.split('').some((mark) => mark < ' ' || mark === '\u007F');
}

async function read(r, start, id) {
  if (/[/\\]|^\.*$/.test(id) || hasControl(id)) return replies.refuse(r, 404, 'path_not_allowed');
  let reply;
  try {
    reply = await calls.provider(r, 'GET', start + encodeURIComponent(id));
  } catch (error) {
    r.error(`the provider could not be read: ${String(error)}`);
    return replies.refuse(r, 502, error.noToken || 'provider_unreachable');
  }
  if (reply.status === 401) return replies.refuse(r, 502, 'credentials_refused');
  if (reply.status >= 200 && reply.status < 300) await calls.ask(r, 'learn', { id: id }, reply.responseBuffer);
  return replies.pass(r, reply);
}

/** UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same. */
async function webhook(r) {
  const stamp = r.headersIn['x-wk-timestamp'] || '';
  const signature = r.headersIn['x-wk-signature'] || '';
  const secret = process.env.REFUND_WEBHOOK_SECRET;
  const sentAt = Number(stamp) < SECONDS_BELOW ? Number(stamp) * 1000 : Number(stamp);
  const isFresh = /^[0-9]{1,16}$/.test(stamp) && Math.abs(Date.now() - sentAt) <= 300000;
  if (r.variables.provider !== 'uqpay' || !isFresh || !secret || !/^[0-9a-f]{128}$/.test(signature)) {
    return replies.refuse(r, 401, 'webhook_refused');
  }
  // An empty body has no buffer, and is no event.
  if (!r.requestBuffer || r.requestBuffer.length === 0) return replies.refuse(r, 400, 'malformed_json');
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
  const signed = Buffer.concat([r.requestBuffer, Buffer.from(stamp)]);
  // It compares in constant time.
  const isGenuine = await crypto.subtle.verify(algorithm, key, Buffer.from(signature, 'hex'), signed);
  if (!isGenuine) {
    return replies.refuse(r, 401, 'webhook_refused');
  }
  const taken = await calls.ask(r, 'webhook', {}, r.requestBuffer);
  return replies.pass(r, taken);
}

/** `undefined` if the percent signs are not those of a text. */
function decoded(r, part) {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    r.warn(`${part}: ${String(error)}`);
    return undefined;
  }
}

async function route(r) {
  const base = `/refunds/${r.variables.provider}`;
  const whole = r.variables.request_uri.split('?')[0];
  if (!whole.startsWith(`${base}/`)) return replies.refuse(r, 404, 'path_not_allowed');
  const path = whole.slice(base.length);
  if (r.method === 'POST' && path === '/webhooks') return webhook(r);
  const origin = r.headersIn.Origin;
  const isForeign = origin !== undefined && origin.split('//')[1] !== r.headersIn.Host;
  if (r.headersIn['Sec-Fetch-Site'] === 'cross-site' || isForeign) return replies.refuse(r, 403, 'origin_not_allowed');
  if (!isSignedIn(r)) return replies.refuse(r, 401, 'unauthenticated');
  const start = path.slice(0, path.lastIndexOf('/') + 1);
  const last = decoded(r, path.slice(start.length));
  if (last === undefined) return replies.refuse(r, 404, 'path_not_allowed');
  if (r.method === 'GET' && path === '/') {
    const description = { name: 'refund-form-proxy', provider: r.variables.provider, deduplicates: true };
    return replies.send(r, 200, 'application/json', JSON.stringify(description));
  }
  if (r.method === 'GET' && start === '/payments/') {
    const found = await calls.look(r, { id: last }, '', 'payment');
    return replies.pass(r, found);
  }
  if (r.method === 'GET' && READS[r.variables.provider].includes(start)) return read(r, start, last);
  if (r.method === 'POST' && WRITES[r.variables.provider].includes(path)) return write(r, path);
  return replies.refuse(r, 404, 'path_not_allowed');
}

/** A failure of this file's own says nothing about the money. */
async function handle(r) {
  try {
    await route(r);
  } catch (error) {
    r.error(`${r.method} ${r.uri}: ${String(error)}`);
    replies.refuse(r, 500, 'internal_error', 'unknown');
  }
}

export default { handle };
