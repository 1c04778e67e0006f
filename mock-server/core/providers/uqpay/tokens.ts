import * as z from 'zod/mini';

import type { Sessions, State } from '../../engine/provider.ts';
import type { Random } from '../../engine/random.ts';
import { MINUTE, SECOND, type Millis } from '../../engine/time.ts';
import { describe } from '../../engine/validation.ts';
import { UQPAY } from './name.ts';

/** `docs/providers/uqpay.md#base-and-credentials`: 30 minutes. D */
const LIFETIME = 30 * MINUTE;
/** Number of replaced tokens that are still recognised. */
const MAX_REMEMBERED = 1_000;
const ENTITY = '8f2c1a54-6d0b-4e7e-9c55-0b9b6f6d2a10';

interface Issued {
  readonly token: string;
  readonly expires: Millis;
}

const tokenData = z.object({
  random: z.tuple([z.int(), z.int(), z.int(), z.int()]),
  live: z.array(z.tuple([z.string(), z.object({ token: z.string(), expires: z.int() })])),
  owners: z.array(z.tuple([z.string(), z.string()])),
});
/** Plain data of a book. It holds secrets, so no snapshot of the control API holds it. */
export type TokenData = z.infer<typeof tokenData>;

/** `stale`: has the form of a token and is not known. `unknown`: no token, or another client's. */
export type TokenStanding = 'live' | 'expired' | 'replaced' | 'stale' | 'unknown';

/** Three parts, the first of them the start of a JSON object in base64url. */
const LOOKS_LIKE_TOKEN = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/;

/** One live token for each client. A new one replaces the old one at once. D */
export class TokenBook implements Sessions {
  readonly #random: Random;
  readonly #live = new Map<string, Issued>();
  readonly #owners = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** @returns the token and the end of its life in unix seconds */
  issue(client: string, now: Millis): { readonly token: string; readonly expiredAt: number } {
    const issuedAt = Math.floor(now / SECOND);
    const expiredAt = Math.floor((now + LIFETIME) / SECOND);
    const claims = {
      entity_id: ENTITY,
      short_entity_id: 'SBX001',
      parent_entity_id: ENTITY,
      client_id: client,
      api_version: 'V1.6.0',
      bus_type: 'ACQUIRING',
      iat: issuedAt,
      exp: expiredAt,
      jti: this.#random.hex(16),
    };
    const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${this.#random.base62(43)}`;
    this.#live.set(client, { token, expires: expiredAt * SECOND });
    this.#owners.set(token, client);
    if (this.#owners.size > MAX_REMEMBERED) this.#owners.delete(this.#owners.keys().next().value ?? token);
    return { token, expiredAt };
  }

  snapshot(): TokenData {
    return { random: this.#random.snapshot(), live: [...this.#live], owners: [...this.#owners] };
  }

  /** @returns why the data cannot be used, as a sentence */
  restore(data: unknown): string | undefined {
    const parsed = tokenData.safeParse(data);
    if (!parsed.success) return `tokens: ${describe(data)} is no data of tokens`;
    const { random, live, owners } = parsed.data;
    this.#random.restore(random);
    this.#live.clear();
    this.#owners.clear();
    for (const [client, issued] of live) this.#live.set(client, issued);
    for (const [token, client] of owners) this.#owners.set(token, client);
    return undefined;
  }

  ownerOf(token: string): string | undefined {
    return this.#owners.get(token);
  }

  standing(client: string, token: string, now: Millis): TokenStanding {
    const live = this.#live.get(client);
    if (live?.token === token) return now < live.expires ? 'live' : 'expired';
    const owner = this.#owners.get(token);
    if (owner !== undefined) return owner === client ? 'replaced' : 'unknown';
    return LOOKS_LIKE_TOKEN.test(token) ? 'stale' : 'unknown';
  }
}

/** A part of a JWT, base64url; the claims are ASCII. */
function part(claims: object): string {
  return btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Sessions of the sandbox's state. */
export const tokensOf = ({ sessions }: State): TokenBook => sessions.get(UQPAY) as TokenBook;
