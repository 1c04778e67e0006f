import type { ShopName } from './size.ts';

/** A mistake that refund forms and their proxies are known to make, as a change of ours: every text must be found exactly once. */
export interface Mistake {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** What the schedules say of it. */
  readonly caught: RegExp;
  readonly shop: ShopName;
  /** Of schedules that find it soon, where those of every run do not. */
  readonly seed?: number;
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'the figures of a review replaced in silence',
    changes: [
      {
        file: 'widget/reduce.ts',
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
        file: 'widget/views/knowing.ts',
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
      { file: 'contract/judge.ts', from: 'isNothing && (!resent || SETTLING.has(code))', to: 'isNothing' },
    ],
    caught: /says that nothing was refunded, and the provider has|a key was minted anew|a double refund/,
    shop: 'naive',
  },
  {
    name: 'an element that starts anew when it is moved',
    changes: [
      {
        file: 'widget/refund-form.ts',
        from: 'if (this.hasUpdated) void this.#controller?.resume();',
        to: 'if (this.hasUpdated) this.#start();',
      },
      { file: 'widget/controller.ts', from: 'this.#store.draft = draft;\n    this.#dispatch', to: 'this.#dispatch' },
    ],
    caught: /lost what was typed/,
    shop: 'uqpay',
  },
  {
    name: 'a refusal for rate taken for an unknown outcome',
    changes: [
      {
        file: 'contract/judge.ts',
        from: 'return status === 401 || status === 429;',
        to: 'return status === 401;',
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
        file: 'widget/state.ts',
        from: "standing !== 'unknown' && canStillChange(standing)",
        to: "standing !== 'unknown' && canStillChange(standing) && standing !== 'succeeded'",
      },
    ],
    caught: /says succeeded of what is revers/,
    shop: 'naive',
  },
];
