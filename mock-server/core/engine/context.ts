import type { Context } from './provider.ts';
import type { Chosen } from './scenarios/parse.ts';
import type { Reply } from './wire.ts';

/** Records the decisions of this project (policies) that this answer depends on. */
export function note(context: Context, ...policies: readonly string[]): void {
  for (const policy of policies) if (!context.policies.includes(policy)) context.policies.push(policy);
}

/**
 * Marks the request as executing and uses up the scenarios that are for it: those of the call itself, else those of the
 * control API.
 * @returns the outcome that the handler has to carry out
 */
export function beginExecution(context: Context): Chosen | undefined {
  context.executed = true;
  const { provider, route, payment, state } = context;
  const occasion = { provider, route: route.name, movesMoney: route.movesMoney, payment };
  const outcome = context.outcome ?? state.scenarios.take('outcome', occasion)[0];
  if (context.webhookFaults.length === 0) context.webhookFaults = state.scenarios.take('webhook', occasion);
  if (outcome) context.scenarios.push(outcome.name);
  for (const { name } of context.webhookFaults) context.scenarios.push(name);
  return outcome;
}

/**
 * The refusal of a valid request, which an idempotency key keeps. The scenarios wait for a call that can carry them out.
 */
export function refuseExecuted(context: Context, refusal: Reply): Reply {
  context.executed = true;
  return refusal;
}

/** A member of an object that came from outside; `undefined` when it has no such member of its own. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

export function textMember(value: unknown, name: string): string | undefined {
  const text = member(value, name);
  return typeof text === 'string' ? text : undefined;
}

/** In any case and with any spaces: a scenario that is nearly written would otherwise be an ordinary text, in silence. */
const IN_TEXT = /^\s*sandbox\s*:(.*)$/is;

/** The name behind `sandbox:` in a text of the request; empty where nothing is behind it, as of a variable that is not set. */
export function scenarioInText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : IN_TEXT.exec(text)?.[1];
}
