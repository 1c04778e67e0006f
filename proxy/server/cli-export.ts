import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Option, type Command } from 'commander';

import { toDecimal } from '../../contract/index.ts';
import { isDay, type CommandContext } from './cli-context.ts';
import type { ExportedPart } from '../ledger/rows.ts';
import { UsageError } from './stand-alone/environment.ts';

/** `proxy export`: streams the ledger for an auditor, one line for each refund. */
export function addExport(
  program: Command,
  { withLedger, output }: Pick<CommandContext, 'withLedger'> & { readonly output: NodeJS.WritableStream },
): void {
  program
    .command('export')
    .description('write every refund, and every request for one, to stdout')
    .requiredOption('--since <date>', 'asked for or made from this day on, UTC, such as 2026-01-01')
    .addOption(new Option('--format <format>', 'how').choices(['csv', 'jsonl']).default('csv'))
    .action(async ({ since, format }: { readonly since: string; readonly format: string }) => {
      const at = isDay(since) ? Date.parse(`${since}T00:00:00Z`) : Number.NaN;
      if (Number.isNaN(at)) throw new UsageError([`--since: received ${since}, expected a day such as 2026-01-01`]);
      await withLedger(async (ledger) => {
        const lines = format === 'csv' ? csv(ledger.exported(at)) : jsonLines(ledger.exported(at));
        await pipeline(Readable.from(lines), output, { end: false }).catch(unlessClosed);
      });
    });
}

/** Exit quietly when the reader closes the pipe (EPIPE), as `head` does. */
function unlessClosed(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
}

const COLUMNS = [
  'created_at',
  'updated_at',
  'merchant',
  'provider',
  'payment_id',
  'intent_id',
  'kind',
  'vendor',
  'amount',
  'currency',
  'outcome',
  'provider_status',
  'refund_id',
  'provider_ids',
  'asked_by',
  'approved_by',
  'resolved_by',
  'cancelled_by',
] as const;

type Line = Readonly<Record<(typeof COLUMNS)[number], string | null>>;

function describe(part: ExportedPart): Line {
  return {
    created_at: new Date(part.createdAt).toISOString(),
    updated_at: new Date(part.updatedAt).toISOString(),
    merchant: part.merchant,
    provider: part.provider,
    payment_id: part.paymentId,
    intent_id: part.intentId ?? null,
    kind: part.kind ?? 'elsewhere',
    vendor: part.vendor ?? null,
    amount: toDecimal(part.amount, part.currency),
    currency: part.currency,
    outcome: outcomeOf(part),
    provider_status: part.status,
    refund_id: part.refundId ?? null,
    provider_ids: JSON.stringify(part.references),
    asked_by: part.user ?? null,
    approved_by: part.approvedBy ?? null,
    resolved_by: part.resolvedBy ?? null,
    cancelled_by: part.cancelledBy ?? null,
  };
}

/** A part that the provider said nothing about has the state of its request. */
function outcomeOf({ standing, state }: ExportedPart): string {
  if (standing !== 'unknown') return standing;
  return state === 'failed' || state === 'void' ? 'failed' : 'unknown';
}

async function* jsonLines(parts: AsyncIterable<ExportedPart>): AsyncGenerator<string> {
  for await (const part of parts) yield `${JSON.stringify(describe(part))}\n`;
}

/** RFC 4180, with its line ends. */
async function* csv(parts: AsyncIterable<ExportedPart>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const part of parts) {
    const line = describe(part);
    yield `${COLUMNS.map((column) => cell(line[column] ?? '')).join(',')}\r\n`;
  }
}

/**
 * A spreadsheet runs a cell that begins like this as a formula. The apostrophe makes it text (OWASP, CSV injection).
 */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
