import type { Choice } from './choices.ts';

/** A folder of files that init writes: of `templates/`, or of the checkout. */
export interface Layer {
  /** Seen from this folder. */
  readonly from: string;
  /** The folder of the new project that its files go to; the project itself without it. */
  readonly to?: string;
  /** Only these of its files; all of them without it. */
  readonly files?: readonly string[];
}

export interface Server extends Choice {
  readonly layers: (provider: string) => readonly Layer[];
  /** Commands after `npm install`, beside those that every project has. */
  readonly prepare?: readonly string[];
  /** Starts it. `npm start` without it. */
  readonly start?: string;
  /** What it fills into the files of its layers. */
  readonly values: Readonly<Record<'ignored' | 'port' | 'sign-in', string>>;
}

const template = (name: string, to?: string): Layer => ({ from: `templates/${name}`, ...(to && { to }) });
const everywhere = (provider: string) => [template('project'), template(provider)];
const onePage = [template('page'), template('style', 'public')];

const proxyOnNode = (provider: string) => [template('node'), template(`node-${provider}`)];
const nodeServer = (name: string) => (provider: string) => [
  ...everywhere(provider),
  ...onePage,
  ...proxyOnNode(provider),
  template('node-server'),
  template(name),
];
const onNode = { ignored: '', port: 'PORT=3000\n', 'sign-in': 'sign-in.js' };

/** What the proxy runs in. Each brings its own folders, and nothing else knows which one was chosen. */
export const SERVERS: Readonly<Record<string, Server>> = {
  express: { about: 'Express on Node', layers: nodeServer('express'), values: onNode },
  hono: { about: 'Hono on Node', layers: nodeServer('hono'), values: onNode },
  next: {
    about: 'Next, with the page in its app router and the proxy as a route handler',
    layers: (provider) => [
      ...everywhere(provider),
      template('style', 'app'),
      ...proxyOnNode(provider),
      template('next'),
    ],
    start: 'npm run dev',
    // Next reads its port before it reads .env.
    values: { ...onNode, ignored: '.next\n', port: '' },
  },
  flask: {
    about: 'Flask on Python 3.10 or newer',
    layers: (provider) => [
      ...everywhere(provider),
      ...onePage,
      template('flask'),
      template(`env-${provider}`),
      // The same files that the tests check with verify. They lie at the same place in the package.
      {
        from: '../../demo/proxies/python',
        to: 'refunds',
        files: [
          'answers.py',
          'elsewhere.py',
          'ledger.py',
          'money.py',
          'orders.py',
          'provider.py',
          'proxy.py',
          'reads.py',
          'records.py',
          'routes.py',
          'settings.py',
          'summary.py',
          'webhooks.py',
        ],
      },
    ],
    prepare: ['python3 -m venv .venv && . .venv/bin/activate', 'pip install -r requirements.txt'],
    values: { ignored: '.venv\n__pycache__\n', port: 'PORT=3000\n', 'sign-in': 'app.py' },
  },
  php: {
    about: 'plain PHP 8.2, without a framework',
    layers: (provider) => [
      ...everywhere(provider),
      ...onePage,
      template('php'),
      template(`env-${provider}`),
      { from: '../../demo/proxies/php', to: 'proxy' },
    ],
    values: { ignored: '', port: '', 'sign-in': 'public/router.php' },
  },
};

export interface ProviderChoice extends Choice {
  readonly title: string;
  /** A payment of its `seed.yaml`, which the page opens. */
  readonly payment: string;
  /** How long its sandbox takes for a refund of that payment, an ISO 8601 duration. */
  readonly settles: string;
}

export const PROVIDERS: Readonly<Record<string, ProviderChoice>> = {
  uqpay: { about: 'UQPAY', title: 'UQPAY', payment: 'PI5500000000000000001', settles: 'PT20S' },
  upayments: { about: 'UPayments', title: 'UPayments', payment: 'shop-order-1001', settles: 'PT4H' },
};
