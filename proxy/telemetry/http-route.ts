/** Paths below the mount of what has a name of its own. `events` is two of them, which do the same. */
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

/** `http.route` of the semantic conventions; `undefined` where the request has none. `name`: as the log has it. */
export function httpRoute(
  name: string,
  { basePath, webhookPath }: { readonly basePath: string; readonly webhookPath: string },
): string | undefined {
  if (name === 'webhook') return `${basePath}${webhookPath}`;
  const path = name.includes(' ') ? name.slice(name.indexOf(' ') + 1) : PATHS[name];
  return path === undefined ? undefined : `${basePath}${path}`;
}
