/** The path below the mount, by the name of the request. `events` is two paths that do the same. */
const PATHS: Readonly<Record<string, string>> = {
  description: '/',
  payment: '/payments/:payment',
  events: '/events',
  intents: '/intents',
  intent: '/intents/:intent',
  approve: '/intents/:intent/approve',
  decline: '/intents/:intent/decline',
  resolve: '/intents/:intent/resolve',
};

/**
 * `http.route` of the semantic conventions; `undefined` when the request has none. `name`: the request's name in the
 * log.
 */
export function httpRoute(
  name: string,
  { basePath, webhookPath }: { readonly basePath: string; readonly webhookPath: string },
): string | undefined {
  if (name === 'webhook') return `${basePath}${webhookPath}`;
  const path = name.includes(' ') ? name.slice(name.indexOf(' ') + 1) : PATHS[name];
  return path === undefined ? undefined : `${basePath}${path}`;
}
