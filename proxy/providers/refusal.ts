import type { Answered, Judge } from '../../contract/index.ts';
import type { ProviderAnswer } from './exchange.ts';
import type { Outcome } from './provider.ts';

export interface RefusalRules {
  readonly judge: Judge;
  /** Whether the same key may be sent again after this refusal. */
  readonly mayRetry: (answer: Omit<Answered, 'resent'>) => boolean;
}

/** Reads an answer that is not a readable success. `again`: this intent was sent before. */
export function classifyRefusal({ judge, mayRetry }: RefusalRules, answer: ProviderAnswer, again: boolean): Outcome {
  const { status, json: body } = answer;
  if (judge({ status, body, resent: again }) !== 'nothing') return { kind: 'unknown', why: `answer ${status}` };
  return { kind: mayRetry({ status, body }) ? 'try_again' : 'refused' };
}
