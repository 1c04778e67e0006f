import type { Adapter } from '../adapter.ts';
import { upayments } from './upayments.ts';
import { uqpay } from './uqpay.ts';

export const PROVIDERS = { uqpay, upayments } as const satisfies Record<string, Adapter>;

export type Provider = keyof typeof PROVIDERS;

export function isProvider(name: string): name is Provider {
  return Object.hasOwn(PROVIDERS, name);
}
