// The calls of the helper, which has the ledger, and of the provider. No amount is read here: a JavaScript number would be
// a float.

import replies from 'replies.js';

/** Every answer of the helper's own has its mark; any other is nginx's, of a helper that is gone. */
async function ask(r, what, args, body) {
  const query = Object.keys(args).map((name) => `${name}=${encodeURIComponent(args[name])}`);
  const reply = await r.subrequest(`/_ledger/${what}`, {
    method: 'POST',
    args: query.join('&'),
    body: replies.bytes(body),
  });
  if (!reply.headersOut['Refund-Helper']) throw new Error(`the helper did not answer: ${reply.status}`);
  return reply;
}

/** The money may have moved, so it asks again while the helper cannot be reached. Returns whether the outcome is known. */
async function settle(r, said, body) {
  for (let left = 20; ; left -= 1) {
    try {
      const settled = await ask(r, 'settle', said, body);
      return settled.status === 204;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Without a token, this time nothing was sent. `code`: of the problem. */
function noToken(code) {
  const error = new Error(`there is no token: ${code}`);
  error.noToken = code;
  return error;
}

/** The answer alone does not say which variable is wrong. */
function nameRefused(r, names, status) {
  const where = 'in the environment of the server';
  r.error(`the provider refuses ${names} (it answered ${status}): correct it ${where}`);
}

/** `worn`: the generation of the token that the provider took no more. */
async function takeToken(r, worn) {
  if (r.variables.provider !== 'uqpay') return;
  const now = await ask(r, 'generation', { worn: worn });
  r.variables.generation = now.responseText;
  const reply = await r.subrequest('/_token');
  if (reply.status === 401 || reply.status === 403) {
    nameRefused(r, 'REFUND_CLIENT_ID with REFUND_API_KEY', reply.status);
    throw noToken('credentials_refused');
  }
  const token = /"auth_token"\s*:\s*"([\x21\x23-\x5b\x5d-\x7e]+)"/.exec(reply.status === 200 ? reply.responseText : '');
  if (!token) {
    // nginx keeps what it got, such as a page that says that the provider is being maintained.
    await ask(r, 'generation', { worn: r.variables.generation });
    throw noToken('provider_unreachable');
  }
  r.variables.token = `Bearer ${token[1]}`;
}

/**
 * Sends with the provider's credentials. A refused token means that nothing was read: it is sent with a new one.
 * `path`: as it is sent, with its query. `key`: the idempotency key of a write. UPayments takes none.
 */
async function provider(r, method, path, body, key) {
  const began = Date.now();
  // Whoever waits for a token for longer would still send when a person may have ended the request.
  const checkTime = () => {
    if (Date.now() - began > Number(r.variables.limit)) throw noToken('provider_unreachable');
  };
  await takeToken(r, '');
  checkTime();
  r.variables.key = (r.variables.provider === 'uqpay' && key) || '';
  r.variables.path = path;
  const options = { method: method, body: replies.bytes(body) };
  let reply = await r.subrequest('/_provider', options);
  if (reply.status === 401 && r.variables.provider === 'uqpay') {
    await takeToken(r, r.variables.generation);
    checkTime();
    reply = await r.subrequest('/_provider', options);
  }
  if (reply.status === 401 && r.variables.provider !== 'uqpay') nameRefused(r, 'REFUND_TOKEN', 401);
  return reply;
}

/** UPayments sends nothing that can be trusted: without this a refund stays pending once its page is closed. */
async function lookUp(r, pending) {
  for (let at = 0; at < pending.length; at += 1) {
    const reply = await provider(r, 'GET', `/check-refund-status/${encodeURIComponent(pending[at])}`);
    if (reply.status < 200 || reply.status >= 300) {
      r.error(`the refund ${pending[at]} cannot be read: it answered ${reply.status}`);
      return;
    }
    await ask(r, 'learn', { id: pending[at] }, reply.responseBuffer);
  }
}

/**
 * Reads what the helper wants to know of the provider first, and returns the helper's answer to that. The helper decides
 * what it means that there is no token: another request with the same key may have one.
 */
async function look(r, args, body, then) {
  const wanted = await ask(r, 'look', args, body);
  if (wanted.status !== 200) return wanted;
  const plan = JSON.parse(wanted.responseText);
  const answers = [];
  for (let at = 0; at < plan.paths.length; at += 1) {
    try {
      const reply = await provider(r, 'GET', plan.paths[at]);
      answers.push({ status: reply.status, text: reply.responseText || '' });
    } catch (error) {
      if (!error.noToken) throw error;
      answers.push({ status: error.noToken === 'credentials_refused' ? 401 : 502, text: '' });
    }
  }
  await lookUp(r, plan.pending);
  return ask(r, then, {}, Buffer.from(JSON.stringify({ plan: plan.plan, answers: answers })));
}

export default { ask, settle, provider, look };
