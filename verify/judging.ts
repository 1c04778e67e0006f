import { Mismatch, type Check } from './check.ts';
import { LeftOut, NotJudged } from './not-judged.ts';
import type { Probe } from './probe.ts';
import { mask, showCalls, showExchange, type Result } from './report.ts';
import { SetupError } from './sandbox.ts';
import type { World } from './world.ts';

export interface Judged {
  readonly results: readonly Result[];
  /** One sentence for each reason for which checks were left out. */
  readonly notes: readonly string[];
}

/** Runs the checks in order. */
export async function judgeAll(
  world: World,
  checks: readonly Check[],
  probe: Probe,
  onResult: ((result: Result) => void) | undefined,
): Promise<Judged> {
  const results: Result[] = [];
  const leftOut = new Map<string, string[]>();
  for (const check of checks) {
    if (check.needsOrders && !world.asksForOrders) continue;
    const result = await judge(world, check, probe);
    if (result instanceof LeftOut) {
      leftOut.set(result.message, [...(leftOut.get(result.message) ?? []), check.id]);
      continue;
    }
    results.push(result);
    onResult?.(result);
  }
  const omissions = [...leftOut].map(
    ([why, ids]) => `${why}: ${ids.join(', ')} ${ids.length === 1 ? 'is' : 'are'} left out`,
  );
  return { results, notes: [...world.remarks, ...omissions] };
}

async function judge(world: World, check: Check, probe: Probe): Promise<Result | LeftOut> {
  const { id, title, why, mend } = check;
  const common = { id, title, level: levelOf(check, world), why, mend } as const;
  const fault = await probe.fault();
  if (fault !== undefined && !check.searchesAnswers) return { ...common, outcome: 'not_judged', reason: fault };
  const firstCall = world.recorder.calls.length;
  try {
    await check.run(world);
  } catch (error) {
    if (error instanceof LeftOut) return error;
    if (error instanceof NotJudged || error instanceof SetupError) {
      return { ...common, outcome: 'not_judged', reason: error.message };
    }
    if (!(error instanceof Mismatch)) throw error;
    const { expected, came, exchange = world.exchanges.at(-1) } = error;
    const calls = showCalls(world.recorder.calls.slice(firstCall));
    const details = { expected, came, ...(exchange && { exchange: showExchange(exchange) }), provider_calls: calls };
    return { ...common, outcome: 'failed', ...mask(details, world.secrets()) };
  } finally {
    world.recorder.clear();
    await world.sandbox.clearScenarios();
    probe.checkHasRun(id);
  }
  const faultAfter = await probe.fault();
  return faultAfter === undefined
    ? { ...common, outcome: 'passed' }
    : { ...common, outcome: 'not_judged', reason: faultAfter };
}

function levelOf({ level }: Check, { deduplicates, profile }: World): Result['level'] {
  if (level === 'required' || level === 'recommended') return level;
  return deduplicates || (level === 'promised' && profile.deduplicates) ? 'required' : 'ledger';
}
