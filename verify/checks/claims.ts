import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { assumeNotBusy } from './busy.ts';
import { LOSSES, SILENT } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { servedRoutes, type Prepared } from './routes.ts';

export const SUCCESS_TRUE: Check = {
  id: 'success-true',
  title: 'A refund is reported as made only if the provider has made it',
  level: 'required',
  why:
    'The answer was lost, and the provider has refunded nothing. An admin who reads that the refund was made gives the customer a ' +
    'receipt for money that never comes.',
  mend:
    "Report a refund only with the provider's own answer that names it: pass that answer on, and never write one. After a timeout, " +
    'a dropped connection, a 5xx or an unreadable body answer 504 outcome_unknown with effect: unknown.',
  async run(world) {
    for (const { what, path, prepare } of await servedRoutes(world)) {
      for (const loss of [...SILENT, ...LOSSES]) {
        const prepared = await prepare(world);
        await loss.lose(world, path);
        const watch = world.watch();
        const exchange = await world.write(path, { body: prepared.body });
        const calls = watch.to(path);
        assumeNotBusy(world, exchange, calls);
        if (calls.length === 0) throw new NotJudged('The proxy did not send the refund, so no answer to it was lost');
        await expectReportedIsMade(world, prepared, exchange, `${what} after ${loss.what}`);
      }
    }
  },
};

/** Checks that what an answer reports as done was done, and that a refund which it names is the provider's. */
export async function expectReportedIsMade(
  world: World,
  { path, payment, isMade, countDone }: Pick<Prepared, 'path' | 'payment' | 'isMade' | 'countDone'>,
  exchange: Exchange,
  what: string,
): Promise<void> {
  const { profile, sandbox } = world;
  if (world.claim(exchange, isMade) !== 'refunded') return;
  const reports = `${outcomeOf(exchange)} reports it as made`;
  const times = await countDone();
  expect(times > 0, `an unknown outcome of ${what}`, `${reports}, and the provider has made none`, exchange);
  if (path !== profile.refundPath) return;
  const id = profile.refundId(exchange.answer.json);
  const rows = await profile.refunds(sandbox, payment);
  const isKnown = rows.some((row) => row.id === id);
  expect(isKnown, `an unknown outcome of ${what}`, `${reports} as ${id}, which the provider does not know`, exchange);
}
