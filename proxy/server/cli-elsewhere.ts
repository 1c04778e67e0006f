import { Option, type Command } from 'commander';

import { isCurrency, parseDecimal, toDecimal } from '../../contract/index.ts';
import { statementFaults, type CommandContext, type Statement } from './cli-context.ts';
import { ConfigError } from './stand-alone/environment.ts';

interface Flags extends Statement {
  readonly provider: string;
  readonly amount: string;
  readonly currency: string;
}

/** `proxy elsewhere <payment>`: records one refund that was made outside the proxy, so that it counts from now on. */
export function addElsewhere(
  program: Command,
  providers: readonly string[],
  { withLedger, print }: CommandContext,
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
function readAmount(payment: string, { amount, currency, ...statement }: Flags): bigint {
  const faults: string[] = [];
  if (payment === '' || payment.length > 255) faults.push('payment: expected an id of 1 to 255 characters');
  if (!isCurrency(currency)) faults.push('--currency: expected an active ISO 4217 code in capitals, such as KWD');
  const parsed = isCurrency(currency) ? parseDecimal(amount, currency) : undefined;
  if (parsed && (!parsed.ok || parsed.minor === 0n)) {
    faults.push(`--amount: expected an amount of ${currency} above zero, such as ${toDecimal(40_000n, currency)}`);
  }
  faults.push(...statementFaults(statement, payment));
  if (faults.length > 0 || !parsed?.ok) throw new ConfigError(faults);
  return parsed.minor;
}
