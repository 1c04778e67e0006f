import type * as z from 'zod/mini';

/** One place in a request beside its body. */
export interface Parameter {
  readonly schema: z.ZodMiniType;
  readonly about: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** Request and answer of a route, for the OpenAPI document. */
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
  readonly answer: {
    readonly status: number;
    /** Name of a setting that holds the status. */
    readonly settable?: string;
    readonly about: string;
    readonly schema: z.ZodMiniType;
    readonly examples?: Readonly<Record<string, unknown>>;
  };
  /** HTTP statuses of refusals, beyond those that every call of the provider can get. */
  readonly refuses?: readonly number[];
}

/** Parts of the document that all routes of a provider share. */
export interface Description {
  readonly title: string;
  readonly about: string;
  /** Schemas that get a name in the document. Every other one is inlined. */
  readonly schemas: Readonly<Record<string, z.ZodMiniType>>;
  /** Bodies of refusals by status; `5XX` is for all server errors. */
  readonly refusals: Readonly<Record<string, { readonly about: string; readonly schema: z.ZodMiniType }>>;
  /** Statuses of refusals that any call can get. */
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
