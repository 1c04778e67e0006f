import type { Provider } from '../../providers/provider.ts';
import type { Findings } from './environment.ts';
import { PROVIDERS } from './providers.ts';
import type { Secrets } from './secrets.ts';

/** The providers whose variables are set. */
export function readProviders(
  values: Readonly<Record<string, unknown>>,
  { faults }: Findings,
  secrets: Secrets,
): Provider[] {
  const plain = { allowPlainHttp: values['REFUND_ALLOW_PLAIN_HTTP'] === true };
  const isSet = (name: string) => values[name] !== undefined;
  for (const provider of PROVIDERS) {
    const missing = provider.required.filter((name) => !isSet(name));
    if (missing.length > 0 && missing.length < provider.required.length) {
      faults.push(...missing.map((name) => `${name}: is missing, the provider's other variables are set`));
    }
    faults.push(...(provider.faults?.(values, plain) ?? []));
  }
  // A provider throws on a wrong address. That fault has been reported by then.
  if (faults.length > 0) return [];
  const served = PROVIDERS.filter(({ required }) => required.every(isSet));
  if (served.length === 0) {
    const needed = PROVIDERS.map(({ required }) => required.join(', ')).join(' or ');
    faults.push(`${needed}: set those of one provider (REFUND_PROXY_DEMO=1 takes the local sandbox)`);
  }
  const secret = (name: string) => secrets.source(name, values) as (() => Promise<string>) | undefined;
  return served.map((provider) => provider.create(values, secret, plain));
}
