export interface Page {
  /** The path of the page on the site. */
  readonly route: string;
  /** The Markdown file, from the root of the project. */
  readonly file: string;
  /** The name in the sidebar, where the heading of the page is too long for it. */
  readonly label?: string;
}

/** Every page of the site, in the order of the sidebar. The texts are the project's own Markdown files. */
export const GROUPS: readonly { readonly label: string; readonly pages: readonly Page[] }[] = [
  {
    label: 'Start',
    pages: [
      { route: 'index', file: 'README.md', label: 'Overview' },
      { route: 'start', file: 'docs/start.md', label: 'Ten minutes' },
      { route: 'console', file: 'docs/console.md' },
      { route: 'troubleshooting', file: 'docs/troubleshooting.md' },
    ],
  },
  {
    label: 'The form',
    pages: [
      { route: 'embedding', file: 'docs/embedding.md' },
      { route: 'items', file: 'docs/items.md' },
      { route: 'theming', file: 'docs/theming.md' },
      { route: 'lost-answer', file: 'docs/lost-answer.md' },
      { route: 'reference', file: 'docs/reference.md', label: 'Reference' },
    ],
  },
  {
    label: 'The proxy',
    pages: [
      { route: 'proxy', file: 'docs/proxy.md' },
      { route: 'proxy/hosts', file: 'docs/proxy/hosts.md' },
      { route: 'proxy/behaviour', file: 'docs/proxy/behaviour.md', label: 'What it answers and does' },
      { route: 'proxy/upkeep', file: 'docs/proxy/upkeep.md', label: 'Keeping it running' },
      { route: 'wire', file: 'docs/wire.md' },
      { route: 'wire/requests', file: 'docs/wire/requests.md', label: 'More of the wire' },
      { route: 'wire/providers', file: 'docs/wire/providers.md', label: 'To each provider' },
      { route: 'verify', file: 'docs/verify.md' },
      { route: 'other-languages', file: 'demo/proxies/README.md', label: 'In other languages' },
    ],
  },
  {
    label: 'Operations',
    pages: [
      { route: 'operations', file: 'docs/operations.md' },
      { route: 'operations/front-end', file: 'docs/operations/front-end.md' },
      { route: 'operations/backup', file: 'docs/operations/backup.md' },
      { route: 'operations/incidents', file: 'docs/operations/incidents.md' },
      { route: 'operations/alarms', file: 'docs/operations/alarms.md', label: 'Alarms' },
    ],
  },
  {
    label: 'The sandbox',
    pages: [
      { route: 'sandbox', file: 'docs/sandbox.md' },
      { route: 'sandbox/data', file: 'docs/sandbox/data.md', label: 'Your own data' },
      { route: 'sandbox/typescript', file: 'docs/sandbox/typescript.md', label: 'In TypeScript' },
      { route: 'sandbox/providers', file: 'docs/sandbox/providers.md', label: 'At each provider' },
      { route: 'scenarios', file: 'docs/scenarios.md' },
      { route: 'webhooks', file: 'docs/webhooks.md' },
      { route: 'recipes', file: 'docs/recipes.md' },
    ],
  },
  {
    label: 'The providers',
    pages: [
      { route: 'providers/uqpay', file: 'docs/providers/uqpay.md', label: 'UQPAY' },
      { route: 'providers/upayments', file: 'docs/providers/upayments.md', label: 'UPayments' },
    ],
  },
  {
    label: 'Trust',
    pages: [
      { route: 'architecture', file: 'docs/architecture.md' },
      { route: 'threat-model', file: 'docs/threat-model.md' },
      { route: 'benchmark', file: 'docs/benchmark.md' },
      { route: 'security', file: 'SECURITY.md' },
    ],
  },
  {
    label: 'The project',
    pages: [
      { route: 'packages/refund-form', file: 'bin/packages/refund-form.md' },
      { route: 'packages/refund-form-server', file: 'bin/packages/refund-form-server.md' },
      { route: 'contributing', file: 'CONTRIBUTING.md' },
      { route: 'dependencies', file: 'docs/dependencies.md' },
      { route: 'changelog', file: 'CHANGELOG.md' },
    ],
  },
];

export const PAGES: readonly Page[] = GROUPS.flatMap(({ pages }) => pages);
