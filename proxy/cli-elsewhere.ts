import { Option, type Command } from 'commander';

import { isCurrency, parseDecimal, toDecimal } from '../contract/index.ts';
import { ConfigError } from './stand-alone/environment.ts';
import type { Ledger } from './ledger/ledger.ts';
import { isUnkeepable } from './text.ts';

interface Flags {
  readonly provider: string;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string;
  readonly user: string;
}

/** `proxy elsewhere <payment>`: a person tells of one refund that was made elsewhere, so that it counts from then on. */
export function addElsewhere(
  program: Command,
  providers: readonly string[],
  {
    withLedger,
    print,
  }: {
    readonly withLedger: (work: (ledger: Ledger) => Promise<void>) => Promise<void>;
    readonly print: (line: string) => void;
  },
): void {
  program
    .command('elsewhere')
    .description('tell of one refund that was made outside the proxy, for good; instead, the order may say it')
    .argument('<payment>', 'payment_id of the order')
    .addOption(new Option('--provider <name>', 'where the payment is').choices(providers).makeOptionMandatory())
    .requiredOption('--amount <amount>', 'what was refunded, such as 40.000')
    .requiredOption('--currency <code>', "the order's currency, such as KWD")
    .requiredOption('--reason <text>', 'how you know, kept in the audit trail')
    .requiredOption('--user <id>', 'who you are, kept in the audit trail')
    .action(async (payment: string, flags: Flags) => {
      const { provider, currency, reason, user } = flags;
      const amount = readAmount(payment, flags);
      await withLedger(async (ledger) => {
        const told = { paymentId: payment, currency, amount, reason, who: user, at: Date.now() };
        const row = await ledger.tellElsewhere({ merchant: 'default', provider }, told);
        const { status, standing } = row;
        const line = { provider, payment_id: payment, amount: toDecimal(amount, currency), currency, status, standing };
        print(JSON.stringify(line));
      });
    });
}

/** @throws ConfigError that names every flag that is wrong. */
function readAmount(payment: string, { amount, currency, reason, user }: Flags): bigint {
  const faults: string[] = [];
  if (payment === '' || payment.length > 255) faults.push('payment: expected an id of 1 to 255 characters');
  if (!isCurrency(currency)) faults.push('--currency: expected an active ISO 4217 code in capitals, such as KWD');
  const parsed = isCurrency(currency) ? parseDecimal(amount, currency) : undefined;
  if (parsed && (!parsed.ok || parsed.minor === 0n)) {
    faults.push(`--amount: expected an amount of ${currency} above zero, such as ${toDecimal(40_000n, currency)}`);
  }
  if (reason.trim().length < 3 || reason.length > 500) faults.push('--reason: expected 3 to 500 characters');
  if (user.trim() === '' || user.length > 255) faults.push('--user: expected 1 to 255 characters');
  if ([payment, reason, user].some(isUnkeepable)) faults.push('payment, --reason, --user: expected well-formed text');
  if (faults.length > 0 || !parsed?.ok) throw new ConfigError(faults);
  return parsed.minor;
}
