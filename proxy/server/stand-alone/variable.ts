import type * as z from 'zod/mini';

/** One environment variable of the stand-alone proxy. */
export interface Variable {
  readonly about: string;
  readonly default?: string;
  /** The value that REFUND_PROXY_DEMO=1 sets. */
  readonly demo?: string;
  readonly schema: z.ZodMiniType;
  /** A credential. Another variable may name a file that holds it. */
  readonly isSecret?: true;
}

export type Variables = Readonly<Record<string, Variable>>;

/** The parsed values of such variables. */
export type ValuesOf<All extends Variables> = { readonly [Name in keyof All]: z.output<All[Name]['schema']> };

/** The names of the variables that hold a secret. */
export type SecretOf<All extends Variables> = {
  [Name in keyof All]: All[Name] extends { readonly isSecret: true } ? Name : never;
}[keyof All] &
  string;
