import { Option, type Command } from 'commander';

import { INTENT_MOVES, isIntentState } from '../ledger/rules/states.ts';
import { describeIntent, listContradicted } from '../refunds/intents.ts';
import { filled, forMerchant, type AskingContext, type ForMerchant } from './cli-context.ts';

/** What a process that was killed has sent is unknown only once the proxy has started again. */
const SENDING =
  'More is on its way: --state sending and --state resending list it. If the proxy was killed, start it: what it was sending is unknown then';

interface Flags extends ForMerchant {
  readonly state: string;
  readonly provider?: string;
  readonly payment?: string;
}

const RESTORED_SENTENCE =
  'This ledger was restored from a backup: nothing is sent of a payment before it was compared with the provider';

/** `proxy intents`: what the ledger knows. */
export function addIntents(
  program: Command,
  providers: readonly string[],
  { withLedger, print, complain }: Omit<AskingContext, 'compare'>,
): void {
  program
    .command('intents')
    .description('list refunds by what is known of them, as one JSON object a line')
    .addOption(new Option('--state <state>', 'what is known').choices(Object.keys(INTENT_MOVES)).default('unknown'))
    .option('--payment <id>', 'only those of this payment', filled)
    .addOption(new Option('--provider <name>', 'only those of this provider').choices(providers))
    .addOption(forMerchant())
    .action(async ({ state, provider, payment, merchant }: Flags) => {
      if (!isIntentState(state)) throw new TypeError('commander checks the choices');
      await withLedger(async (ledger) => {
        if (await ledger.restored()) complain(RESTORED_SENTENCE);
        const query = {
          states: [state],
          withUnknownParts: state === 'unknown',
          limit: 1_000,
          ...(payment !== undefined && { paymentId: payment }),
        };
        let listed = 0;
        let isSending = false;
        const list = (line: object) => {
          listed += 1;
          print(JSON.stringify(line));
        };
        for (const name of provider === undefined ? providers : [provider]) {
          const scope = { merchant, provider: name };
          for (const intent of await ledger.intents(scope, query)) {
            list({ provider: name, ...(await describeIntent({ ledger }, intent)) });
          }
          if (state !== 'unknown') continue;
          const sending = { ...query, states: ['sending', 'resending'] as const, withUnknownParts: false, limit: 1 };
          isSending ||= (await ledger.intents(scope, sending)).length > 0;
          for (const refund of await listContradicted({ ledger }, scope, payment)) {
            list({ provider: name, kind: 'elsewhere', ...refund });
          }
        }
        // Nothing on standard output could as well mean that the command did nothing.
        if (listed === 0) {
          const where = payment === undefined ? '' : ` of payment ${payment}`;
          complain(`No intent with state ${state}${where} (merchant ${merchant})`);
        }
        if (isSending) complain(SENDING);
      });
    });
}
