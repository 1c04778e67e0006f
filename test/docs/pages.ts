import { architecturePage } from './architecture-page.ts';
import { benchmarkPage } from './benchmark-page.ts';
import { providerPage } from './provider-page.ts';
import { proxyPage } from './proxy-page.ts';
import { referencePage } from './reference-page.ts';
import { scenariosPage } from './scenarios-page.ts';
import { verifyPage } from './verify-page.ts';

/** What `npm run docs` makes from the code, by its path within the project. */
export const PAGES = [
  { file: 'docs/scenarios.md', make: scenariosPage },
  { file: 'docs/proxy.md', make: () => proxyPage('docs/proxy.md') },
  { file: 'docs/proxy/behaviour.md', make: () => proxyPage('docs/proxy/behaviour.md') },
  { file: 'docs/proxy/upkeep.md', make: () => proxyPage('docs/proxy/upkeep.md') },
  { file: 'docs/architecture.md', make: architecturePage },
  { file: 'docs/providers/uqpay.md', make: () => providerPage('uqpay') },
  { file: 'docs/providers/upayments.md', make: () => providerPage('upayments') },
  { file: 'docs/benchmark.md', make: benchmarkPage },
  { file: 'docs/reference.md', make: referencePage },
  { file: 'docs/verify.md', make: verifyPage },
] as const;
