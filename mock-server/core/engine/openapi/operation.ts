import type * as z from 'zod/mini';

/** One place in a request beside its body. */
export interface Parameter {
  readonly schema: z.ZodMiniType;
  readonly about: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** What a route takes and answers, for its OpenAPI document and for whoever holds it against that document. */
export interface Operation {
  readonly summary: string;
  readonly body?: {
    readonly schema: z.ZodMiniType;
    /** As on the provider's own page where it shows one. S */
    readonly example?: unknown;
    readonly optional?: boolean;
  };
  /** By the names in the route's path; ids without an entry are plain text. */
  readonly path?: Parameters;
  readonly query?: Parameters;
  /** Other names that some of them are taken by. */
  readonly aliases?: readonly string[];
  readonly answer: {
    readonly status: number;
    /** A setting that holds another status in its place. */
    readonly settable?: 'upaymentsGetStatus';
    readonly about: string;
    readonly schema: z.ZodMiniType;
    readonly examples?: Readonly<Record<string, unknown>>;
  };
  /** HTTP statuses of refusals, beyond those that every call of the provider can get. */
  readonly refuses?: readonly number[];
}

/** What the document says once for all routes of a provider. */
export interface Description {
  readonly title: string;
  readonly about: string;
  /** Schemas that get a name in the document; every other one is written where it is used. */
  readonly schemas: Readonly<Record<string, z.ZodMiniType>>;
  /** Refusals by status, `5XX` for all server errors: what their bodies are. */
  readonly refusals: Readonly<Record<string, { readonly about: string; readonly schema: z.ZodMiniType }>>;
  /** Those of them that any call can get. */
  readonly always: readonly string[];
  /** OpenAPI security schemes, and which of them a call with `auth` needs and one without. */
  readonly security: {
    readonly schemes: Readonly<Record<string, object>>;
    readonly signedIn: readonly string[];
    readonly signingIn: readonly string[];
  };
  /** Headers of every signed-in call, and those that writes have on top. */
  readonly headers: Parameters;
  readonly writeHeaders: Parameters;
}
