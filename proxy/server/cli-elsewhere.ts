import { Option, type Command } from 'commander';

import { isCurrency, parseDecimal, toDecimal } from '../../contract/index.ts';
import type { Reservation, Scope } from '../ledger/entities.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { CHANGED } from '../ledger/rules/elsewhere.ts';
import type { SettledElsewhere } from '../ledger/rules/said-elsewhere.ts';
import { checkElsewhere, checkUnseen, checkWithdrawn } from '../refunds/elsewhere-word.ts';
import { checkSettled } from '../refunds/settle-elsewhere-word.ts';
import {
  forMerchant,
  ONLY_MERCHANT,
  statementFaults,
  type AskingContext,
  type ForMerchant,
  type Statement,
} from './cli-context.ts';
import { ConfigError, UsageError } from './stand-alone/environment.ts';

/** Only a word that takes another one back needs the provider. */
const UNASKED = 'The provider was not asked';

interface Flags extends Statement, ForMerchant {
  readonly provider: string;
  readonly amount?: string;
  readonly currency: string;
  readonly refundId?: string;
  readonly outcome?: SettledElsewhere['outcome'];
  readonly confirm?: boolean;
  readonly withdraw?: boolean;
  readonly takeBack?: boolean;
}

/**
 * `proxy elsewhere <payment>`: records one refund that was made outside the proxy, so that it counts from now on. With
 * `--refund-id` it settles one that the provider contradicts, and with `--withdraw` it takes a record back.
 */
export function addElsewhere(
  program: Command,
  providers: readonly string[],
  { withLedger, print, compare }: Omit<AskingContext, 'complain'>,
): void {
  program
    .command('elsewhere')
    .description('tell of one refund that was made outside the proxy, for good; instead, the order may say it')
    .argument('<payment>', 'payment_id of the order')
    .addOption(new Option('--provider <name>', 'where the payment is').choices(providers).makeOptionMandatory())
    .option('--amount <amount>', 'what was refunded, such as 40.000')
    .requiredOption('--currency <code>', "the order's currency, such as KWD")
    .option('--refund-id <id>', 'only to settle a refund of which the provider has said two things: its id')
    .addOption(
      new Option('--outcome <outcome>', 'with --refund-id, what became of it').choices([
        'refunded',
        'initiated',
        'nothing',
      ]),
    )
    .option('--confirm', 'do it all the same, although the provider shows something else, or was not asked')
    .option('--take-back', 'with --refund-id, correct what an earlier word has said of it')
    .option('--withdraw', 'instead: take back one of this amount that was recorded by mistake')
    .requiredOption('--reason <text>', 'how you know, kept in the audit trail')
    .requiredOption('--user <id>', 'who you are, kept in the audit trail')
    .addOption(forMerchant())
    .action(async (payment: string, flags: Flags) => {
      const {
        provider,
        merchant,
        currency,
        reason,
        user: who,
        refundId,
        outcome = 'refunded',
        confirm = false,
        withdraw,
        takeBack: takesBack,
      } = flags;
      const amount = readAmount(payment, flags);
      await withLedger(async (ledger) => {
        const scope: Scope = { merchant, provider };
        const said = { paymentId: payment, reason, who, at: Date.now() };
        if (refundId !== undefined) {
          const word = { paymentId: payment, refundId, currency, outcome, amount, takesBack };
          const asked = takesBack ? await compare(ledger, scope) : UNASKED;
          const compared = await checkSettled({ ledger, scope }, word, { asked, confirm });
          const settled = unchanged(await ledger.settleElsewhere(scope, { ...said, ...word, compared }));
          if (settled) return print(JSON.stringify(describe(settled)));
          const where = `${refundId} of ${payment} in ${currency}`;
          throw new ConfigError([`--refund-id: the provider contradicts no refund ${where}`]);
        }
        const refund = { ...said, currency, amount: amount! };
        const found = await compare(ledger, scope);
        if (withdraw) {
          const compared = await checkWithdrawn({ ledger, scope }, refund, { asked: found, confirm });
          const taken = unchanged(await ledger.withdrawElsewhere(scope, { ...refund, compared }));
          if (taken) return print(JSON.stringify(describe(taken)));
          const what = `${toDecimal(refund.amount, currency)} ${currency} of ${payment}`;
          throw new ConfigError([`--withdraw: nobody has recorded a refund of ${what} that counts`]);
        }
        await checkMerchant(ledger, merchant, providers);
        const compared =
          typeof found === 'string'
            ? await checkUnseen({ ledger, scope }, refund, { why: found, confirm })
            : await checkElsewhere(found, refund, confirm);
        const row = unchanged(await ledger.tellElsewhere(scope, { ...refund, compared }));
        if (!row) {
          throw new ConfigError([
            `payment: a request of ${payment} has no known outcome, and this refund may be that one. Settle it first: ` +
              `\`proxy intents --state unknown --payment ${payment}\` lists it, \`proxy resolve\` settles it`,
          ]);
        }
        print(JSON.stringify(describe(row)));
      }, merchant);
    });
}

/** @throws ConfigError when the payment is not what was compared: a colleague may have recorded this very refund. */
function unchanged(recorded: Reservation | typeof CHANGED | undefined): Reservation | undefined {
  if (recorded !== CHANGED) return recorded;
  throw new ConfigError([
    'payment: its refunds have changed while they were compared, and somebody else may have said the same. Nothing was ' +
      'recorded: look at the payment, and say it again if it is still missing',
  ]);
}

/** @throws ConfigError: a record for a merchant whom nobody serves would count nowhere. */
async function checkMerchant(ledger: Ledger, merchant: string, providers: readonly string[]): Promise<void> {
  if (merchant === ONLY_MERCHANT) return;
  for (const provider of providers) {
    if ((await ledger.intents({ merchant, provider }, { limit: 1 })).length > 0) return;
  }
  throw new ConfigError([
    `--merchant: the ledger has no request of a merchant ${merchant}: give the name that its createRefundProxy has, or let ` +
      'its order say the refund (refunded_elsewhere)',
  ]);
}

function describe({ merchant, provider, paymentId, amount, currency, status, standing }: Reservation) {
  return { merchant, provider, payment_id: paymentId, amount: toDecimal(amount, currency), currency, status, standing };
}

/**
 * Minor units; `undefined` if the amount of a contradicted refund is left as it is held.
 * @throws ConfigError that names every flag that is wrong.
 */
function readAmount(
  payment: string,
  {
    amount,
    currency,
    refundId,
    outcome,
    withdraw,
    takeBack,
    confirm: _confirm,
    merchant: _merchant,
    ...statement
  }: Flags,
): bigint | undefined {
  const faults: string[] = [];
  if (payment === '' || payment.length > 255) faults.push('payment: expected an id of 1 to 255 characters');
  if (!isCurrency(currency)) faults.push('--currency: expected an active ISO 4217 code in capitals, such as KWD');
  const parsed = isCurrency(currency) && amount !== undefined ? parseDecimal(amount, currency) : undefined;
  const isGood = parsed?.ok && parsed.minor > 0n;
  if (isCurrency(currency) && !isGood && (amount !== undefined || refundId === undefined)) {
    faults.push(`--amount: expected an amount of ${currency} above zero, such as ${toDecimal(40_000n, currency)}`);
  }
  if (refundId === undefined && outcome !== undefined) faults.push('--outcome: expected together with --refund-id');
  if (refundId === undefined && takeBack) faults.push('--take-back: expected together with --refund-id');
  if (refundId !== undefined && withdraw) faults.push('--refund-id: expected without --withdraw');
  if (outcome === 'nothing' && amount !== undefined) faults.push('--amount: expected none with --outcome nothing');
  faults.push(...statementFaults(statement, payment));
  if (faults.length > 0) throw new UsageError(faults);
  return isGood ? parsed.minor : undefined;
}
