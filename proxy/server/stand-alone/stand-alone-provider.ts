import type { Provider } from '../../providers/provider.ts';
import type { SecretOf, ValuesOf, Variables } from './variable.ts';

/** Returns the current value of a secret; `undefined` when it is not set. */
type SecretSource = (() => Promise<string>) | undefined;

/** What `REFUND_ALLOW_PLAIN_HTTP` says. */
interface Plain {
  readonly allowPlainHttp: boolean;
}

/** How the stand-alone proxy makes a provider from environment variables. */
export interface StandAloneProvider<All extends Variables = Variables> {
  /** The name of the provider. Its variables begin with it, in capitals. */
  readonly name: string;
  readonly variables: All;
  /** Without these variables the provider is not served. */
  readonly required: readonly (keyof All & string)[];
  /** The variable with the provider's base address, and how that address ends. */
  readonly address: { readonly variable: keyof All & string; readonly end: string };
  /** What is wrong about the variables together, one sentence for each fault. */
  faults?(values: ValuesOf<All>, plain: Plain): string[];
  /** Called when all required variables are set and nothing is wrong. */
  create(values: ValuesOf<All>, secret: (name: SecretOf<All>) => SecretSource, plain: Plain): Provider;
}

/** Checks the types of one provider, and hides them: the proxy works with every provider in the same way. */
export function standAloneProvider<const All extends Variables>(provider: StandAloneProvider<All>): StandAloneProvider {
  return provider as unknown as StandAloneProvider;
}
