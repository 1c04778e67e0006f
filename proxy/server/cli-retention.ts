import type { Command } from 'commander';

import { filled, type CommandContext } from './cli-context.ts';
import { MIN_RETENTION_MS } from '../ledger/rules/retention.ts';
import { PSEUDONYM } from '../ledger/rules/erased.ts';
import { isSamePerson, personOf } from '../ledger/rules/person.ts';
import { ConfigError, UsageError } from './stand-alone/environment.ts';

const DAY_MS = 86_400_000;
/** The actor of lines that no person caused: they hold nobody's data. */
const MACHINES = ['proxy', 'provider'];

/** `proxy prune` and `proxy erase` delete data for good. */
export function addRetention(program: Command, { withLedger, print }: CommandContext): void {
  program
    .command('prune')
    .description(
      'delete who asked, texts, answers and audit of payments on which nothing is open; amounts and keys stay',
    )
    .requiredOption('--older-than <days>', 'such as P400D: nothing has changed on the payment for so long')
    .option('--by <id>', 'who you are, kept in the audit trail', filled, 'proxy')
    .action(async ({ olderThan, by }: { readonly olderThan: string; readonly by: string }) => {
      const ms = readDays(olderThan);
      const at = Date.now();
      await withLedger(async (ledger) => {
        const { payments, remaining } = await ledger.prune({ before: at - ms, at, who: by });
        print(JSON.stringify({ payments_pruned: payments, requests_kept: remaining }));
      });
    });

  program
    .command('erase')
    .description('replace one person by a pseudonym everywhere, and delete what that person wrote')
    .requiredOption('--user <id>', 'whom; every spelling of the name goes')
    .requiredOption('--by <id>', 'who you are, kept in the audit trail')
    .action(async ({ user, by }: { readonly user: string; readonly by: string }) => {
      if (MACHINES.some((name) => isSamePerson(name, user))) {
        throw new UsageError([`--user: ${user} is no person`]);
      }
      if (personOf(user) === '' || by.trim() === '')
        throw new UsageError(['--user, --by: expected at least 1 character']);
      // Random: nobody can compute the pseudonym from the name.
      const pseudonym = `${PSEUDONYM}${crypto.randomUUID().slice(0, 8)}`;
      await withLedger(async (ledger) => {
        const { open, replaced } = await ledger.erase({ user, pseudonym, who: by, at: Date.now() });
        if (open > 0) {
          throw new ConfigError([
            `--user: ${open} requests of this person are open: decline what waits for approval, let what is being sent end, and settle what is unknown`,
          ]);
        }
        if (replaced === 0) throw new ConfigError(['--user: nobody of this name is in the ledger']);
        print(JSON.stringify({ pseudonym, replaced }));
      });
    });
}

/**
 * Milliseconds.
 * @throws UsageError
 */
function readDays(text: string): number {
  const days = /^P(\d{1,5})D$/.exec(text)?.[1];
  if (days === undefined) throw new UsageError([`--older-than: received ${text}, expected days such as P400D`]);
  const ms = Number(days) * DAY_MS;
  if (ms < MIN_RETENTION_MS) {
    const min = `P${MIN_RETENTION_MS / DAY_MS}D`;
    throw new UsageError([
      `--older-than: expected at least ${min}: until then a provider may still tell of the refund`,
    ]);
  }
  return ms;
}
