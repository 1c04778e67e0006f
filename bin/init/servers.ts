import type { Choice } from './choices.ts';

/** A folder of files that init writes: of `templates/`, or of the checkout. */
export interface Layer {
  /** Seen from this folder. */
  readonly from: string;
  /** The folder of the new project that its files go to; the project itself without it. */
  readonly to?: string;
}

export interface Server extends Choice {
  readonly layers: (provider: string) => readonly Layer[];
}

const template = (name: string): Layer => ({ from: `templates/${name}` });
const page = (provider: string) => [template('page'), template(provider)];
const onNode = (name: string) => (provider: string) => [
  ...page(provider),
  template('node'),
  template(`node-${provider}`),
  template(name),
];

/** What the proxy runs in. Each brings its own folders, and nothing else knows which one was chosen. */
export const SERVERS: Readonly<Record<string, Server>> = {
  express: { about: 'Express on Node', layers: onNode('express') },
  hono: { about: 'Hono on Node', layers: onNode('hono') },
  php: {
    about: 'plain PHP 8.2, without a framework',
    layers: (provider) => [
      ...page(provider),
      template('php'),
      template(`php-${provider}`),
      // The same files that the tests check with verify. They lie at the same place in the package.
      { from: '../../demo/proxies/php', to: 'proxy' },
    ],
  },
};

export interface ProviderChoice extends Choice {
  readonly title: string;
  /** A payment of its `seed.yaml`, which the page opens. */
  readonly payment: string;
}

export const PROVIDERS: Readonly<Record<string, ProviderChoice>> = {
  uqpay: { about: 'UQPAY', title: 'UQPAY', payment: 'PI3000000000000000001' },
  upayments: { about: 'UPayments', title: 'UPayments', payment: 'shop-order-1001' },
};
