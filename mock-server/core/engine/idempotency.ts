import type { Millis } from './time.ts';

export interface KeptAnswer {
  /** Of method, path and body. */
  readonly fingerprint: number;
  readonly status: number;
  readonly body: string;
  readonly expires: Millis;
  /** The first answer has not left yet. */
  running: boolean;
}

/** Plain data of a kept answer, for a snapshot. */
export type KeptData = Omit<KeptAnswer, 'running'> & { readonly key: string };

/** Kept answers by key. All live equally long, so the oldest are the first to expire. */
export class IdempotencyCache {
  readonly #kept = new Map<string, KeptAnswer>();

  get size(): number {
    return this.#kept.size;
  }

  find(key: string, now: Millis): KeptAnswer | undefined {
    const kept = this.#kept.get(key);
    if (!kept || kept.expires > now) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  keep(key: string, answer: Omit<KeptAnswer, 'running'>, now: Millis): KeptAnswer {
    for (const [oldest, { expires }] of this.#kept) {
      if (expires > now) break;
      this.#kept.delete(oldest);
    }
    const kept: KeptAnswer = {
      fingerprint: answer.fingerprint,
      status: answer.status,
      body: answer.body,
      expires: answer.expires,
      running: false,
    };
    this.#kept.set(key, kept);
    return kept;
  }

  snapshot(): KeptData[] {
    return [...this.#kept].map(([key, { fingerprint, status, body, expires }]) => ({
      key,
      fingerprint,
      status,
      body,
      expires,
    }));
  }

  /** No restored answer is running: its client is gone. */
  restore(data: readonly KeptData[]): void {
    this.#kept.clear();
    for (const { key, ...kept } of data) this.#kept.set(key, { ...kept, running: false });
  }
}
