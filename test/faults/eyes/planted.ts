import type { ShopName } from './size.ts';

/**
 * A mistake that refund forms and their proxies often make, as a change of our code. Each `from` text must occur
 * exactly once.
 */
export interface Mistake {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** Matches the failure of the schedules. */
  readonly caught: RegExp;
  readonly shop: ShopName;
  /** A seed with which the mistake is found soon, if the default one does not find it. */
  readonly seed?: number;
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'the figures of a review replaced in silence',
    changes: [
      {
        file: 'widget/flow/reduce.ts',
        from: 'return hasChanged(state.summary, summary) ? formOf(summary, draft, { before: state.summary }) : state;',
        to: 'return { ...state, summary };',
      },
    ],
    caught: /changed silently under review|it showed \d+ minor units when its review opened/,
    shop: 'uqpay',
  },
  {
    name: 'another refund offered beside an unknown one',
    changes: [
      {
        file: 'widget/views/unknown.ts',
        from: '${waits ? nothing : html`<p class="hint">${t(\'ask\')}</p>`}',
        to: "${button(t('again'), () => void controller.unlock())}",
      },
    ],
    caught: /offers “.*” beside what may still move money/,
    shop: 'uqpay',
  },
  {
    name: 'a refusal of the second send taken for the first',
    changes: [
      { file: 'contract/uqpay/judge.ts', from: '(resent ? OF_THE_REFUND.test(type) : type', to: '(type' },
      { file: 'contract/judge.ts', from: 'isNothing && isSettled', to: 'isNothing' },
    ],
    caught: /says that nothing was refunded, and the provider has|a key was minted anew|a double refund/,
    shop: 'naive',
  },
  {
    name: 'an element that starts anew when it is moved',
    changes: [
      {
        file: 'widget/element/refund-form.ts',
        from: 'if (this.hasUpdated) void this.#controller?.resume();',
        to: 'if (this.hasUpdated) this.#start();',
      },
      { file: 'widget/flow/controller.ts', from: 'store.draft = draft;\n    dispatch', to: 'dispatch' },
    ],
    caught: /lost what was typed/,
    shop: 'uqpay',
  },
  {
    name: 'a refusal for rate taken for an unknown outcome',
    changes: [
      {
        file: 'contract/judge.ts',
        from: 'return status === 401 || status === 413 || status === 429;',
        to: 'return status === 401 || status === 413;',
      },
      {
        file: 'contract/judge.ts',
        from: 'status !== 408 && status !== 409;',
        to: 'status !== 408 && status !== 409 && status !== 429;',
      },
    ],
    caught: /which was turned away with 429/,
    shop: 'uqpay',
  },
  {
    name: 'a success that is followed no further',
    changes: [
      {
        file: 'widget/flow/state.ts',
        from: "standing !== 'unknown' && canStillChange(standing)",
        to: "standing !== 'unknown' && canStillChange(standing) && standing !== 'succeeded'",
      },
    ],
    caught: /says succeeded of what is revers/,
    shop: 'naive',
  },
  {
    name: 'another refund offered beside a cancel of which nobody knows',
    changes: [
      {
        file: 'widget/flow/state.ts',
        from: " || cancelStep === 'unknown' || cancelStep === 'sending';",
        to: " || cancelStep === ('' as never);",
      },
    ],
    caught: /offers “.*” beside what may still move money: .*pending/,
    shop: 'upayments',
  },
  {
    name: 'another refund offered beside a vendor of whom nobody knows',
    changes: [
      {
        file: 'widget/flow/state.ts',
        from: "return standing === 'unknown' || standing === 'unrecognised' ||",
        to: "return standing === 'unrecognised' ||",
      },
    ],
    caught: /offers “.*” beside what may still move money: .*unknown/,
    shop: 'upayments',
  },
  {
    name: 'another refund offered beside one with a status that nobody has heard of',
    changes: [
      {
        file: 'widget/flow/state.ts',
        from: "return standing === 'unknown' || standing === 'unrecognised' ||",
        to: "return standing === 'unknown' ||",
      },
    ],
    caught: /offers “.*” beside what may still move money: other/,
    shop: 'naive',
  },
  {
    name: 'another refund without a question beside one that is pending',
    changes: [
      {
        file: 'widget/views/outcome.ts',
        from: "standing === 'pending' || standing === 'reversing');",
        to: "standing === 'reversing');",
      },
    ],
    caught: /went from pending to another refund without a question/,
    shop: 'uqpay',
  },
  {
    name: 'another refund without a question beside one that is reversed just now',
    changes: [
      {
        file: 'widget/views/outcome.ts',
        from: "standing === 'pending' || standing === 'reversing');",
        to: "standing === 'pending');",
      },
    ],
    caught: /went from reversing to another refund without a question/,
    shop: 'uqpay',
  },
  {
    name: 'one separator shown and another read',
    changes: [
      {
        file: 'contract/money/typed.ts',
        from: "const decimal = separatorOf('decimal', currency, locale);",
        to: "const decimal = new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === 'decimal')!.value;",
      },
    ],
    caught: /reads thousands as|does not read the amount that it shows itself|reads another amount than it shows/,
    shop: 'upayments',
  },
  {
    name: 'the order’s word on refunds made elsewhere ignored',
    changes: [
      {
        file: 'proxy/context.ts',
        from: "toldElsewhere: parseOrderAmount(refunded_elsewhere ?? '0', currency)",
        to: "toldElsewhere: parseOrderAmount(refunded_elsewhere ? '0' : '0', currency)",
      },
    ],
    caught: /at rest on .* shows .*, true is|an over-refund/,
    shop: 'upayments',
  },
  {
    name: 'a list that shows more refunds than are known ignored',
    changes: [
      { file: 'proxy/refunds/unaccounted.ts', from: 'return unknown > 0 ?', to: 'return unknown > listed.length ?' },
    ],
    caught: /offers a refund, though nobody knows the amounts|an over-refund/,
    shop: 'upayments',
  },
  {
    name: 'refunds of the provider’s list that the ledger did not make ignored',
    changes: [
      {
        file: 'proxy/refunds/summary.ts',
        from: 'if (listed.value.length === 0 && !total?.amount) return;',
        to: 'if (listed.value.length >= 0) return;',
      },
    ],
    caught: /at rest on .* shows .*, true is/,
    shop: 'uqpay',
  },
  {
    name: 'a split in proportion that the form refuses',
    changes: [{ file: 'widget/flow/draft.ts', from: '/empty|zero/.test(', to: '/empty/.test(' }],
    caught: /refuses the division that it wrote itself/,
    shop: 'upayments',
  },
  {
    name: 'a request that never left told as one whose answer was lost',
    changes: [
      {
        file: 'widget/browser/browser.ts',
        from: 'offline: (url) => !navigator.onLine && !LOOPBACK',
        to: "offline: (url) => url === '' && !LOOPBACK",
      },
    ],
    caught: /is offline and says of what never left that its answer was lost/,
    shop: 'uqpay',
  },
  {
    name: 'a stream of live status for each tab',
    changes: [
      {
        file: 'widget/browser/live.ts',
        from: '      name: this.#name,\n',
        to: '      name: this.#name + this.#tab,\n',
      },
    ],
    caught: /browser has \d+ streams/,
    shop: 'uqpay',
  },
  {
    name: 'a summary that lists a key as settled ignored',
    changes: [
      { file: 'widget/flow/follow.ts', from: 'if (open || !first) return', to: 'if (open || !first?.vendor) return' },
    ],
    caught: /locked, though the proxy knows/,
    shop: 'upayments',
  },
  {
    name: 'a key that is settled and not released',
    changes: [
      {
        file: 'widget/flow/follower.ts',
        from: 'if (store.read().intent?.key === intent.key) keep(',
        to: 'if (session.stopped) keep(',
      },
    ],
    caught: /sends nothing, though nothing is unknown/,
    shop: 'upayments',
  },
];
