// Who may come in, which path does what, and the calls of the provider. It never reads an amount: a JavaScript number
// would be a float. The helper says what to send, byte for byte, and what an answer means.

const WRITES = {
  uqpay: ['/v2/payment/refunds'],
  upayments: ['/create-refund', '/create-multivendor-refund', '/delete-refund', '/delete-multivendor-refund'],
};
const READS = { uqpay: ['/v2/payment/refunds/'], upayments: ['/check-refund/', '/check-refund-status/'] };

function refuse(r, status, code, effect) {
  const problem = { title: code.replace(/_/g, ' '), status: status, code: code, effect: effect || 'nothing' };
  send(r, status, 'application/problem+json', JSON.stringify(problem));
}

function send(r, status, type, text) {
  r.headersOut['Content-Type'] = type;
  r.headersOut['Cache-Control'] = 'no-store';
  r.return(status, text);
}

/** njs takes no empty buffer for a text. */
function bytes(buffer) {
  return buffer && buffer.length > 0 ? buffer : '';
}

/** Passes on a reply as it came, with these headers and no others. */
function pass(r, reply) {
  ['Retry-After', 'Idempotent-Replayed'].forEach((name) => {
    if (reply.headersOut[name]) r.headersOut[name] = reply.headersOut[name];
  });
  send(r, reply.status, reply.headersOut['Content-Type'] || '', bytes(reply.responseBuffer));
}

/** Put the look-up of your own session here. It must check the session, not only that a header is there. */
function isSignedIn(r) {
  return Boolean(process.env.REFUND_SESSION) && r.headersIn['X-Session'] === process.env.REFUND_SESSION;
}

/** Every answer of the helper's own has its mark; any other is nginx's, of a helper that is gone. */
async function ask(r, what, args, body) {
  const query = Object.keys(args).map((name) => `${name}=${encodeURIComponent(args[name])}`);
  const reply = await r.subrequest(`/_ledger/${what}`, { method: 'POST', args: query.join('&'), body: bytes(body) });
  if (!reply.headersOut['Refund-Helper']) throw new Error(`the helper did not answer: ${reply.status}`);
  return reply;
}

/** Without a token, this time nothing was sent. `code`: of the problem. */
function noToken(code) {
  const error = new Error(`there is no token: ${code}`);
  error.noToken = code;
  return error;
}

/** `worn`: the generation of the token that the provider took no more. */
async function takeToken(r, worn) {
  if (r.variables.provider !== 'uqpay') return;
  const now = await ask(r, 'generation', { worn: worn });
  r.variables.generation = now.responseText;
  const reply = await r.subrequest('/_token');
  if (reply.status === 401 || reply.status === 403) throw noToken('credentials_refused');
  const token = /"auth_token"\s*:\s*"([^"\\]+)"/.exec(reply.status === 200 ? reply.responseText : '');
  if (!token) throw noToken('provider_unreachable');
  r.variables.token = `Bearer ${token[1]}`;
}

/** Sends with the provider's credentials. A refused token means that nothing was read: it is sent with a new one. */
async function provider(r, method, path, body) {
  await takeToken(r, '');
  const options = { method: method, body: bytes(body) };
  const reply = await r.subrequest(`/_provider${path}`, options);
  if (reply.status !== 401 || r.variables.provider !== 'uqpay') return reply;
  await takeToken(r, r.variables.generation);
  return r.subrequest(`/_provider${path}`, options);
}

async function write(r, path) {
  const key = r.headersIn['Idempotency-Key'] || '';
  if (r.headersIn['X-Refund-Form'] !== '1') return refuse(r, 400, 'refund_form_header_required');
  if (!/^application\/json\s*(;|$)/i.test(r.headersIn['Content-Type'] || ''))
    return refuse(r, 415, 'unsupported_media_type');
  if (key === '' || key.length > 255) return refuse(r, 400, 'idempotency_key_required');
  let begun;
  try {
    begun = await ask(r, 'begin', { path: path }, r.requestBuffer);
  } catch (error) {
    r.error(`${key} was not sent: ${String(error)}`);
    return refuse(r, 503, 'ledger_unavailable');
  }
  // The context is the helper's word that the request is written down and not yet sent. All else is its answer.
  const context = begun.headersOut['Refund-Context'];
  if (!context) return pass(r, begun);
  let answer;
  let unsent;
  try {
    answer = await provider(r, 'POST', path, begun.responseBuffer);
  } catch (error) {
    r.error(`${key} has no answer: ${String(error)}`);
    unsent = error.noToken;
  }
  const said = {
    context: context,
    // To the helper a 401 means that nothing was carried out this time.
    status: answer ? answer.status : unsent ? 401 : 504,
    type: (answer && answer.headersOut['Content-Type']) || '',
  };
  const settled = await ask(r, 'settle', said, answer ? answer.responseBuffer : unsent ? '{}' : '');
  if (settled.status !== 204) return refuse(r, 504, 'outcome_unknown', 'unknown');
  if (unsent) return refuse(r, 502, unsent);
  pass(r, answer);
}

async function read(r, start, id) {
  if (/^\.*$|%2f|%5c|%00|^(%2e|\.)*$/i.test(id)) return refuse(r, 404, 'path_not_allowed');
  let reply;
  try {
    reply = await provider(r, 'GET', start + id);
  } catch (error) {
    r.error(`the provider could not be read: ${String(error)}`);
    return refuse(r, 502, error.noToken || 'provider_unreachable');
  }
  if (reply.status === 200) await ask(r, 'learn', { id: decodeURIComponent(id) }, reply.responseBuffer);
  pass(r, reply);
}

/** UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same. */
async function webhook(r) {
  const stamp = r.headersIn['x-wk-timestamp'] || '';
  const signature = r.headersIn['x-wk-signature'] || '';
  const secret = process.env.REFUND_WEBHOOK_SECRET;
  const isFresh = /^[0-9]+$/.test(stamp) && Math.abs(Date.now() - Number(stamp)) <= 300000;
  if (r.variables.provider !== 'uqpay' || !isFresh || !secret || !/^[0-9a-f]{128}$/.test(signature)) {
    return refuse(r, 401, 'webhook_refused');
  }
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
  const signed = Buffer.concat([r.requestBuffer || Buffer.from(''), Buffer.from(stamp)]);
  // It compares in constant time.
  const isGenuine = await crypto.subtle.verify(algorithm, key, Buffer.from(signature, 'hex'), signed);
  if (!isGenuine) {
    return refuse(r, 401, 'webhook_refused');
  }
  const taken = await ask(r, 'webhook', {}, r.requestBuffer);
  pass(r, taken);
}

async function route(r) {
  const base = `/refunds/${r.variables.provider}`;
  const whole = r.variables.request_uri.split('?')[0];
  if (!whole.startsWith(`${base}/`)) return refuse(r, 404, 'path_not_allowed');
  const path = whole.slice(base.length);
  if (r.method === 'POST' && path === '/webhooks') return webhook(r);
  const origin = r.headersIn.Origin;
  const isForeign = origin !== undefined && origin.split('//')[1] !== r.headersIn.Host;
  if (r.headersIn['Sec-Fetch-Site'] === 'cross-site' || isForeign) return refuse(r, 403, 'origin_not_allowed');
  if (!isSignedIn(r)) return refuse(r, 401, 'unauthenticated');
  const start = path.slice(0, path.lastIndexOf('/') + 1);
  const last = path.slice(start.length);
  if (r.method === 'GET' && path === '/') {
    const description = { name: 'refund-form-proxy', provider: r.variables.provider, deduplicates: true };
    return send(r, 200, 'application/json', JSON.stringify(description));
  }
  if (r.method === 'GET' && start === '/payments/') {
    const summary = await ask(r, 'payment', { id: decodeURIComponent(last) });
    return pass(r, summary);
  }
  if (r.method === 'GET' && READS[r.variables.provider].includes(start)) return read(r, start, last);
  if (r.method === 'POST' && WRITES[r.variables.provider].includes(path)) return write(r, path);
  refuse(r, 404, 'path_not_allowed');
}

/** A failure of this file's own says nothing about the money. */
async function handle(r) {
  try {
    await route(r);
  } catch (error) {
    r.error(`${r.method} ${r.uri}: ${String(error)}`);
    refuse(r, 500, 'internal_error', 'unknown');
  }
}

export default { handle };
