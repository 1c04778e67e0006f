import { existsSync } from 'node:fs';

import type { Command } from 'commander';

import type { CommandContext } from './cli-context.ts';
import { isPostgres } from '../ledger/open.ts';
import { ConfigError, ledgerAddress } from './stand-alone/environment.ts';

/** `proxy rollback-schema`: run it before an older release is started again. */
export function addRollback(program: Command, { print }: Pick<CommandContext, 'print'>): void {
  program
    .command('rollback-schema')
    .description(
      'take the ledger back by one version, so that the release before this one runs on it; stop every proxy',
    )
    .action(async () => {
      const { db, schema } = ledgerAddress(process.env);
      const { rollBackPostgres, rollBackSqlite } = await import('../ledger/stores/rollback.ts');
      const isShared = isPostgres(db);
      if (!isShared && !existsSync(db)) throw new ConfigError([`There is no ledger ${db}: name it in REFUND_PROXY_DB`]);
      print(JSON.stringify(isShared ? await rollBackPostgres(db, schema) : rollBackSqlite(db)));
    });
}
