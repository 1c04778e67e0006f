import type { Command } from 'commander';

import type { CommandContext } from './cli-context.ts';
import { isPostgres } from '../ledger/open.ts';
import { ledgerAddress, ConfigError } from './stand-alone/environment.ts';

/** `proxy backup <file>`: copies a SQLite ledger, and marks the copy as one. It may run while the proxy does. */
export function addBackup(program: Command, { print }: Pick<CommandContext, 'print'>): void {
  program
    .command('backup')
    .description('write a checked copy of a SQLite ledger beside the running proxy; a proxy that opens it asks first')
    .argument('<file>', 'path of the copy; it must not be there yet')
    .action(async (to: string) => {
      const { db } = ledgerAddress(process.env);
      if (isPostgres(db)) throw new ConfigError([USE_POSTGRES]);
      const { backUp } = await import('../ledger/stores/sqlite/backup.ts');
      const { bytes } = backUp({ file: db, to, at: Date.now(), generation: crypto.randomUUID() });
      print(JSON.stringify({ file: to, bytes, integrity: 'ok' }));
    });
}

const USE_POSTGRES =
  'backup is for SQLite. Back PostgreSQL up with its own tools: a base backup with archived WAL (pg_basebackup, ' +
  'archive_command) for point-in-time restore, or pg_dump. After a restore run `refund-form proxy restored --since ' +
  '<time>` before the first proxy starts';
