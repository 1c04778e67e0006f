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
    name: 'the form replaces the figures of a review silently',
    changes: [
      {
        file: 'widget/flow/reduce.ts',
        from: 'return hasChanged(state.summary, summary) ? formOf(summary, draft, { before: state.summary }) : state;',
        to: 'return { ...state, summary };',
      },
    ],
    caught:
      /changed silently under review|it showed \d+ minor units when its review opened|sends nothing, .* on review/,
    shop: 'uqpay',
  },
  {
    name: 'the form offers another refund beside an unknown one',
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
    name: 'a refusal of the second send settles the first',
    changes: [
      { file: 'contract/uqpay/judge.ts', from: '(resent ? OF_THE_REFUND.test(type) : type', to: '(type' },
      { file: 'contract/judge.ts', from: 'isNothing && isSettled', to: 'isNothing' },
    ],
    caught: /says that nothing was refunded, and the provider has|a key was minted anew|a double refund/,
    shop: 'naive',
  },
  {
    name: 'the element starts again when it is moved',
    changes: [
      {
        file: 'widget/element/refund-form.ts',
        from: 'if (this.hasUpdated) void this.#controller?.resume();',
        to: 'if (this.hasUpdated) this.#start();',
      },
      { file: 'widget/flow/controller.ts', from: 'store.draft = draft;\n    show(', to: 'show(' },
    ],
    caught: /lost what was typed/,
    shop: 'uqpay',
  },
  {
    name: 'the form treats a 429 as an unknown outcome',
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
    name: 'the form stops following a refund after its success',
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
    name: 'the form offers another refund beside an unknown cancellation',
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
    name: 'the form offers another refund beside an unknown vendor part',
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
    name: 'the form offers another refund beside one with a new status',
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
    name: 'the form starts another refund beside a pending one without a question',
    changes: [
      {
        file: 'widget/views/outcome.ts',
        from: "standing === 'pending' || standing.startsWith('revers'));",
        to: "standing.startsWith('revers'));",
      },
    ],
    caught: /went from pending to another refund without a question/,
    shop: 'uqpay',
  },
  {
    name: 'the form starts another refund beside a reversing one without a question',
    changes: [
      {
        file: 'widget/views/outcome.ts',
        from: "standing === 'pending' || standing.startsWith('revers'));",
        to: "standing === 'pending');",
      },
    ],
    caught: /went from reversing to another refund without a question/,
    shop: 'uqpay',
  },
  {
    name: 'the form shows one separator and reads another',
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
    name: 'the proxy ignores refunds made elsewhere in the order record',
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
    name: 'the proxy ignores that the provider lists more refunds',
    changes: [{ file: 'proxy/refunds/unaccounted.ts', from: 'return rest > 0 ?', to: 'return rest > listed.length ?' }],
    caught: /offers a refund, though nobody knows the amounts|an over-refund/,
    shop: 'upayments',
  },
  {
    name: 'the proxy ignores listed refunds that the ledger did not make',
    changes: [
      {
        file: 'proxy/refunds/summary.ts',
        from: 'if (observations.length > 0 || total?.amount || (total && (await isOld()))) {',
        to: 'if (observations.length < 0 && (await isOld())) {',
      },
    ],
    caught: /at rest on .* shows .*, true is/,
    shop: 'uqpay',
  },
  {
    name: 'the form refuses its own proportional split',
    changes: [{ file: 'widget/flow/draft.ts', from: '/empty|zero/.test(', to: '/empty/.test(' }],
    caught: /refuses the division that it wrote itself/,
    shop: 'upayments',
  },
  {
    name: 'the form reports a request that was not sent as a lost answer',
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
    name: 'each tab opens its own status stream',
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
    name: 'the form ignores a summary that lists a key as settled',
    changes: [
      { file: 'widget/flow/follow.ts', from: 'if (open || !first) return', to: 'if (open || !first?.vendor) return' },
    ],
    caught: /locked, though the proxy knows/,
    shop: 'upayments',
  },
  {
    name: 'the form does not release a settled key',
    changes: [
      {
        file: 'widget/flow/follower.ts',
        from: 'keep(session, refunds, intent);',
        to: '',
      },
    ],
    caught: /sends nothing, though nothing is unknown/,
    shop: 'upayments',
  },
  {
    name: 'an answer about one refund takes the lock of another tab away',
    changes: [{ file: 'widget/flow/session.ts', from: 'if (!store.owns(made, refunds) || (intent', to: 'if ((intent' }],
    caught: /was locked for .* and opened, though nobody knows of it/,
    shop: 'naive',
  },
];
