import { isSandbox } from './provider.js';

const { DEMO_USER } = process.env;

// Outside of the sandbox it would let everybody refund.
if (DEMO_USER && !isSandbox) {
  throw new Error('DEMO_USER is for the sandbox: remove it from .env, and look up your own session in sign-in.js');
}

/**
 * The id of the user who sends this request, or `undefined` when nobody is signed in: then the proxy answers 401. Put the
 * look-up of your own session here. It must check the session, not only that a cookie is there.
 */
export async function userOf(_request) {
  return DEMO_USER || undefined;
}
