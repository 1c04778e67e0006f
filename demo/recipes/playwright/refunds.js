/** The provider refused the refund. No money moves. */
export class RefundRefused extends Error {
  name = 'RefundRefused';
}

/** Signing in failed, so nothing was sent. */
class SignInFailed extends Error {
  name = 'SignInFailed';
}

/** The status while nobody knows whether the provider makes the refund. */
const UNKNOWN = 'UNKNOWN';

/** A merchant's refunds at UQPAY. `UQPAY_API` is the provider's address, or in a test the sandbox's. */
export class Refunds {
  #api;
  #credentials;
  #token;

  constructor({ UQPAY_API, UQPAY_CLIENT_ID, UQPAY_API_KEY }) {
    this.#api = UQPAY_API;
    this.#credentials = { 'x-client-id': UQPAY_CLIENT_ID, 'x-api-key': UQPAY_API_KEY };
  }

  /**
   * Sends one refund. `id` is your own UUID: store it before you call this, because it finds the refund again.
   * A lost answer is not a failure: the refund is looked up, and is UNKNOWN if it is not found.
   */
  async create({ id, payment, amount, reason }) {
    await this.#signIn();
    const body = { payment_intent_id: payment, amount, reason, metadata: { refund: id } };
    let response;
    let answer;
    try {
      response = await this.#call('/v2/payment/refunds', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-idempotency-key': id },
        body: JSON.stringify(body),
      });
      answer = await response.json();
    } catch {
      return this.lookUp({ id, payment });
    }
    if (response.ok && answer.refund_status) return standing(answer);
    if (isRefusal(response.status, answer)) throw new RefundRefused(answer.message);
    return this.lookUp({ id, payment });
  }

  /** Only reads. A refund that is not found may still arrive, so look it up again before you tell anyone that it failed. */
  async lookUp({ id, payment }) {
    const query = new URLSearchParams({ payment_intent_id: payment, page_size: '100', page_number: '1' });
    try {
      const response = await this.#call(`/v2/payment/refunds?${query}`);
      const { data } = await response.json();
      const found = data.find(({ metadata }) => metadata?.refund === id);
      return found ? standing(found) : { status: UNKNOWN };
    } catch {
      return { status: UNKNOWN };
    }
  }

  async #call(path, request = {}) {
    const send = () => fetch(this.#api + path, { ...request, headers: { ...request.headers, ...this.#token } });
    const response = await send();
    if (response.status !== 401) return response;
    // The token has expired and nothing was carried out, so the call may be sent again.
    this.#token = undefined;
    await this.#signIn();
    return send();
  }

  async #signIn() {
    if (this.#token) return;
    const response = await fetch(`${this.#api}/v1/connect/token`, { method: 'POST', headers: this.#credentials });
    if (!response.ok) throw new SignInFailed(`UQPAY answered ${response.status}: ${await response.text()}`);
    const { auth_token: token } = await response.json();
    this.#token = { 'x-auth-token': `Bearer ${token}`, 'x-client-id': this.#credentials['x-client-id'] };
  }
}

const standing = ({ payment_refund_id: refund, refund_status: status }) => ({ refund, status });

/** These errors speak of the refund itself. Every other error says nothing about the money. */
const REFUSALS = new Set(['invalid_request_error', 'payment_error', 'refund_error', 'not_found']);

const isRefusal = (status, { type }) => status === 400 && REFUSALS.has(type);
