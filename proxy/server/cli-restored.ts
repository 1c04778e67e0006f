import { Option, type Command } from 'commander';

import {
  filled,
  forMerchant,
  isDay,
  statementFaults,
  type CommandContext,
  type ForMerchant,
  type Statement,
} from './cli-context.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ConfigError, UsageError } from './stand-alone/environment.ts';

interface Flags extends Statement, ForMerchant {
  readonly since?: string;
  readonly payment?: string;
  readonly provider?: string;
  readonly end?: boolean;
}

/**
 * `proxy restored`: the operator states that the ledger was restored from a backup, and later that the restore is dealt
 * with.
 */
export function addRestored(
  program: Command,
  providers: readonly string[],
  { withLedger, print }: CommandContext,
): void {
  program
    .command('restored')
    .description(
      'say that the ledger was restored: nothing is sent of a payment before the provider was asked about it',
    )
    .option('--since <time>', 'when the backup was made, such as 2026-11-20T09:00:00Z; without it nothing is believed')
    .option('--payment <id>', 'instead: no request of this payment waits any more whose refund was forgotten', filled)
    .addOption(new Option('--provider <name>', 'where that payment is').choices(providers))
    .option('--end', 'instead: every payment that may have changed since the backup was compared')
    .requiredOption('--reason <text>', 'how you know, kept in the audit trail')
    .requiredOption('--user <id>', 'who you are, kept in the audit trail')
    .addOption(forMerchant())
    .action(async (flags: Flags) => {
      const since = check(flags, Date.now());
      await withLedger(async (ledger) => print(JSON.stringify(await say(ledger, flags, since))));
    });
}

async function say(
  ledger: Ledger,
  { payment, provider, merchant, end, reason, user }: Flags,
  since: number,
): Promise<object> {
  const said = { who: user, reason, at: Date.now() };
  if (payment !== undefined && provider !== undefined) {
    const scope = { merchant, provider };
    const ended = await ledger.endHold(scope, { ...said, paymentId: payment });
    if (!ended) throw new ConfigError([`payment: no request of ${payment} waits for a refund that was forgotten`]);
    return { provider, payment_id: payment, held: false };
  }
  if (end) {
    if (!(await ledger.restored())) throw new ConfigError(['--end: this ledger was not restored, or that is over']);
    await ledger.setRestored(undefined, said);
    return { restored: false };
  }
  const now = await ledger.setRestored({ generation: crypto.randomUUID(), since }, said);
  return { restored: true, since: new Date(now!.since).toISOString() };
}

/**
 * When the backup was made; 0 if that was not given.
 * @throws UsageError that names every flag that is wrong.
 */
function check({ since, payment, provider, end, ...statement }: Flags, now: number): number {
  const faults: string[] = [];
  const chosen = [since !== undefined, payment !== undefined, end === true].filter(Boolean).length;
  if (chosen > 1) faults.push('--since, --payment and --end say different things: give one of them');
  if ((payment === undefined) !== (provider === undefined)) faults.push('--payment and --provider go together');
  // A date without a time zone would mean another time on each machine.
  const isTime = since !== undefined && isDay(since.slice(0, 10)) && /T.*(?:Z|[+-]\d\d:\d\d)$/.test(since);
  const at = since === undefined ? 0 : isTime ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(at)) faults.push('--since: expected a time with its zone, such as 2026-11-20T09:00:00Z');
  if (at > now) faults.push('--since: is in the future');
  faults.push(...statementFaults(statement, payment));
  if (faults.length > 0) throw new UsageError(faults);
  return at;
}
