import type { ProxyDescription } from '../../contract/index.ts';
import { approveIntent, declineIntent } from '../refunds/approvals.ts';
import { readableOrder, type ProxyContext } from '../context.ts';
import { describePermission } from '../hooks/permission.ts';
import type { EventStreams } from './events.ts';
import { listIntents, resolveIntent, showIntent } from '../refunds/intents.ts';
import { matchPath, readSegment } from './paths.ts';
import { jsonResponse, ProblemError } from './problem.ts';
import { summarise } from '../refunds/summary.ts';
import type { Provider } from '../providers/provider.ts';
import { withEffectOfIntent } from '../refunds/write.ts';
import type { App } from './app.ts';

/** A route of the proxy itself. The others are the provider's. */
export interface OwnRoute {
  /** For logs and metrics. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Below the mount; `:name` is one segment. */
  readonly path: string;
  /** `id`: the segment as it came. */
  answer(app: App, request: Request, id: string): Response | Promise<Response>;
}

const OWN_ROUTES: readonly OwnRoute[] = [
  {
    name: 'description',
    method: 'GET',
    path: '/',
    answer: ({ context, streams }) => jsonResponse(describe(context, streams)),
  },
  {
    name: 'payment',
    method: 'GET',
    path: '/payments/:payment',
    async answer({ context }, request, id) {
      const { order, user, permission } = await readableOrder(context, request, readSegment(id));
      const summary = await summarise(context, order, request.signal).catch((error: unknown) => {
        throw error instanceof ProblemError ? new ProblemError(error.code, { ...error.extras, user }) : error;
      });
      return jsonResponse({ ...summary, permission: describePermission(permission, user, order.currency) });
    },
  },
  {
    name: 'events',
    method: 'GET',
    path: '/payments/:payment/events',
    async answer({ context, streams }, request, id) {
      return streams.open(context, request, await readableOrder(context, request, readSegment(id)));
    },
  },
  {
    name: 'events',
    method: 'GET',
    path: '/events',
    answer: ({ context, streams }, request) => streams.openMany(context, request),
  },
  { name: 'intents', method: 'GET', path: '/intents', answer: ({ context }, request) => listIntents(context, request) },
  {
    name: 'intent',
    method: 'GET',
    path: '/intents/:intent',
    answer: ({ context }, request, id) => showIntent(context, request, readSegment(id)),
  },
  decision('approve', ({ context, sender }, request, id) => approveIntent(context, sender, request, id)),
  decision('decline', ({ context, sender }, request, id) => declineIntent(context, sender, request, id)),
  decision('resolve', ({ context }, request, id) => resolveIntent(context, request, id)),
];

/** What a person may do with one intent: `POST {base}/intents/{id}/...`. */
function decision(name: string, decide: (app: App, request: Request, id: string) => Promise<Response>): OwnRoute {
  return {
    name,
    method: 'POST',
    path: `/intents/:intent/${name}`,
    async answer(app, request, id) {
      const intentId = readSegment(id);
      try {
        // Otherwise a request that is being sent may look as if there were none.
        await app.sender.outcomes.reclaim(intentId);
        return await decide(app, request, intentId);
      } catch (error) {
        throw await withEffectOfIntent(app, intentId, error);
      }
    },
  };
}

/** The own route at this path, and its id; `undefined` when the path is the provider's. */
export function findOwnRoute(below: string): { readonly route: OwnRoute; readonly id: string } | undefined {
  for (const route of OWN_ROUTES) {
    const params = matchPath(route.path, below || '/');
    if (params) return { route, id: Object.values(params)[0] ?? '' };
  }
  return undefined;
}

/** What a server around the proxy answers at the root. */
const OF_THE_SERVER: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/**
 * The route that webhooks at this path would take the place of: its requests would be answered as webhooks. `undefined`
 * when the path is free.
 */
export function routeAt(webhookPath: string, basePath: string, provider: Pick<Provider, 'routes'>): string | undefined {
  const own = findOwnRoute(webhookPath)?.route;
  const taken = own ?? provider.routes.find(({ path }) => matchPath(path, webhookPath));
  if (taken) return `${taken.method} ${taken.path}`;
  return OF_THE_SERVER.has(basePath + webhookPath) ? `GET ${basePath}${webhookPath}` : undefined;
}

function describe({ provider, maxBodyBytes }: ProxyContext, { mostPayments }: EventStreams): ProxyDescription {
  return {
    name: 'refund-form-proxy',
    provider: provider.name,
    deduplicates: true,
    max_body_bytes: maxBodyBytes,
    events: true,
    max_event_payments: mostPayments,
  };
}
