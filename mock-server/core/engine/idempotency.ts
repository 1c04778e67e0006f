import type { Millis } from './time.ts';

export interface StoredAnswer {
  /** The fingerprint of method, path and body. */
  readonly fingerprint: number;
  readonly status: number;
  readonly body: string;
  readonly expires: Millis;
  /** Whether the first answer has not been sent yet. */
  running: boolean;
}

/** Plain data of a stored answer, for a snapshot. */
export type StoredAnswerData = Omit<StoredAnswer, 'running'> & { readonly key: string };

/** The stored answers by key. All of them live equally long, so the oldest expire first. */
export class IdempotencyCache {
  readonly #answers = new Map<string, StoredAnswer>();

  get size(): number {
    return this.#answers.size;
  }

  find(key: string, now: Millis): StoredAnswer | undefined {
    const answer = this.#answers.get(key);
    if (!answer || answer.expires > now) return answer;
    this.#answers.delete(key);
    return undefined;
  }

  keep(key: string, answer: Omit<StoredAnswer, 'running'>, now: Millis): StoredAnswer {
    for (const [oldest, { expires }] of this.#answers) {
      if (expires > now) break;
      this.#answers.delete(oldest);
    }
    const storedAnswer: StoredAnswer = {
      fingerprint: answer.fingerprint,
      status: answer.status,
      body: answer.body,
      expires: answer.expires,
      running: false,
    };
    this.#answers.set(key, storedAnswer);
    return storedAnswer;
  }

  snapshot(): StoredAnswerData[] {
    return [...this.#answers].map(([key, { fingerprint, status, body, expires }]) => ({
      key,
      fingerprint,
      status,
      body,
      expires,
    }));
  }

  /** No restored answer is running: its client is gone. */
  restore(data: readonly StoredAnswerData[]): void {
    this.#answers.clear();
    for (const { key, ...answer } of data) this.#answers.set(key, { ...answer, running: false });
  }
}
