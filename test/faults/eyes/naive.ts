/** A merchant's first proxy: it adds the credentials and forwards. It has no ledger, description or summary. */
export type Naive = (request: Request, base: string) => Promise<Response>;

const ROUTES = [
  /^POST \/v2\/payment\/refunds$/,
  /^GET \/v2\/payment\/refunds(?:\/\w+)?$/,
  /^GET \/v2\/payment_intents\/\w+$/,
];

/**
 * @param stamps whether it adds a number to each request, so that UQPAY refuses a repeated key. The refusal is passed
 * on unchanged (`provider`) or as the problem of our contract (`problem`).
 */
export function naiveProxy(upstream: string, stamps: 'no' | 'provider' | 'problem'): Naive {
  let token = '';
  let requestCount = 0;
  const call = (path: string, init: RequestInit) =>
    fetch(upstream + path, {
      ...init,
      headers: { ...init.headers, 'x-auth-token': `Bearer ${token}`, 'x-client-id': 'sandbox-client' },
    });

  let signingIn: Promise<void> | undefined;

  /** A client has only one valid token at a time, so two calls must not sign in at the same time. */
  async function signIn(refusedToken: string): Promise<void> {
    if (token !== refusedToken) return;
    const credentials = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
    const answer = await fetch(`${upstream}/v1/connect/token`, { method: 'POST', headers: credentials });
    token = ((await answer.json()) as { auth_token: string }).auth_token;
  }

  async function forward(path: string, init: RequestInit): Promise<Response> {
    await signingIn;
    const tokenBefore = token;
    const first = tokenBefore === '' ? undefined : await call(path, init);
    if (first && first.status !== 401) return first;
    signingIn ??= signIn(tokenBefore).finally(() => {
      signingIn = undefined;
    });
    await signingIn;
    return call(path, init);
  }

  return async (request, base) => {
    const { pathname, search } = new URL(request.url);
    const path = pathname.slice(base.length);
    if (!ROUTES.some((route) => route.test(`${request.method} ${path}`))) {
      return new Response('no such path', { status: 404 });
    }
    try {
      if (request.method === 'GET') return passOn(await forward(path + search, {}));
      const body = (await request.json()) as { metadata?: object };
      requestCount += 1;
      const stampedBody = { ...body, metadata: { ...body.metadata, received: `${requestCount}` } };
      const answer = await forward(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-idempotency-key': request.headers.get('idempotency-key') ?? '',
        },
        body: JSON.stringify(stamps === 'no' ? body : stampedBody),
      });
      const text = await answer.text();
      return stamps === 'problem' && text.includes('idempotency_error') ? reusedKeyProblem() : passOn(answer, text);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      // The provider dropped the connection, so the outcome is unknown.
      return new Response('bad gateway', { status: 502 });
    }
  };
}

async function passOn(answer: Response, text?: string): Promise<Response> {
  const type = answer.headers.get('content-type') ?? 'application/json';
  return new Response(text ?? (await answer.text()), { status: answer.status, headers: { 'content-type': type } });
}

function reusedKeyProblem(): Response {
  return Response.json(
    { title: 'The key was used for another request', status: 422, code: 'idempotency_key_reused' },
    { status: 422, headers: { 'content-type': 'application/problem+json' } },
  );
}
