import { isUuid } from '../../../../contract/headers.ts';
import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { credentialsOf } from './credentials.ts';
import { storeOf } from './model.ts';
import { invalidParameter, notFound, unauthenticated, uqpayRefusal } from './replies.ts';
import { tokensOf } from './tokens.ts';

/** `POST /v1/connect/token`: headers only, a body is not read. K */
export function connectToken(context: Context): Reply {
  const { state, call, now } = context;
  const client = call.headers['x-client-id'];
  const { uqpayClientId, uqpayApiKey } = credentialsOf(state);
  if (client === undefined || call.headers['x-api-key'] === undefined) {
    return unauthenticated('x-client-id and x-api-key are required');
  }
  if (client !== uqpayClientId) {
    // The status and the message are the provider's; `docs/providers/uqpay.md#connected-accounts`. D
    note(context, 'uqpay.error-codes');
    return uqpayRefusal('invalid_request_error', 'invalid_parameter', 'Invalid client id');
  }
  if (call.headers['x-api-key'] !== uqpayApiKey) return unauthenticated('x-api-key is wrong');
  note(context, 'uqpay.token-signature');
  const { token, expiredAt } = tokensOf(state).issue(client, now);
  return ok({ auth_token: token, expired_at: expiredAt });
}

const BEARER = 'Bearer ';

/**
 * Clients refresh their token once when they read that it has expired; `docs/providers/uqpay.md#errors`. K. A replaced token, or one of an
 * earlier run of the sandbox, gets the same phrase: otherwise its client would be refused for up to half an hour. P
 */
const TOKEN_MESSAGES = {
  expired: 'token has expired',
  replaced: 'token has expired: a newer one was issued to this client',
  stale: 'token has expired: this sandbox does not know it',
  unknown: 'the token is not valid for this x-client-id',
} as const;

export function authenticate(context: Context): Reply | undefined {
  return checkToken(context) ?? checkAccount(context);
}

function checkToken(context: Context): Reply | undefined {
  const { state, call, now } = context;
  const header = call.headers['x-auth-token'];
  if (header === undefined) {
    if (state.options.dev) return undefined;
    return unauthenticated('x-auth-token is required');
  }
  if (!header.startsWith(BEARER)) return unauthenticated('x-auth-token must be "Bearer <token>"');
  const token = header.slice(BEARER.length);
  let client = call.headers['x-client-id'];
  if (client === undefined) {
    note(context, 'uqpay.client-id-optional');
    client = tokensOf(state).ownerOf(token) ?? '';
  }
  const standing = tokensOf(state).standing(client, token, now);
  if (standing === 'live') return undefined;
  if (standing === 'replaced' || standing === 'stale') note(context, 'uqpay.token-stale');
  return unauthenticated(TOKEN_MESSAGES[standing]);
}

/** Finds the account whose payments, balances and keys the call uses; `docs/providers/uqpay.md#connected-accounts`. D P */
function checkAccount(context: Context): Reply | undefined {
  const { call, state } = context;
  const header = call.headers['x-on-behalf-of'];
  if (header === undefined || header === '') return undefined;
  if (!isUuid(header)) {
    return invalidParameter('x-on-behalf-of: expected the UUID of a connected account, or nothing');
  }
  const account = header.toLowerCase();
  note(context, 'uqpay.connected-accounts');
  if (!storeOf(state).connected.has(account)) {
    return notFound(context, 'account_not_found', `x-on-behalf-of: ${account} was not found on the connected account`);
  }
  context.account = account;
  return undefined;
}
