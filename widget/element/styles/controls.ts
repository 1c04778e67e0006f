import { css } from 'lit';

/** Fields and buttons. */
export const controls = css`
  .actions {
    display: grid;
    gap: 12px;
  }
  .actions:not(:has(.above)) {
    grid-auto-rows: 1fr;
  }
  .above {
    order: -1;
    flex-basis: 100%;
  }
  fieldset {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(104px, 1fr));
    gap: 8px;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 44px;
    padding: 4px 12px;
    line-height: 17px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
  }
  .choice bdi {
    display: block;
    font-size: 12px;
  }
  .choice:has(:checked) {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 1px var(--_accent);
  }
  [type='radio'] {
    flex: none;
    inline-size: 18px;
    block-size: 18px;
  }
  .box,
  button,
  select,
  textarea,
  #number {
    font: inherit;
    color: inherit;
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    min-block-size: 40px;
    padding: 9px 12px;
  }
  button,
  b,
  [part='label'] {
    font-weight: 550;
  }
  .box {
    display: flex;
    align-items: baseline;
    gap: 8px;
    color: var(--_muted);
    cursor: text;
  }
  .box input {
    flex: 1;
    min-inline-size: 0;
    block-size: 20px;
    font: inherit;
    color: var(--_text);
    text-align: end;
    background: none;
    border: 0;
    padding: 0;
    outline: 0;
  }
  /* The digits run from left to right in any language, and end where the figures end. */
  [dir='rtl'] .box input {
    text-align: start;
  }
  .pick > *,
  .pick::after {
    grid-area: 1 / 1;
  }
  select {
    appearance: none;
    block-size: 40px;
    padding-inline-end: 40px;
  }
  .pick::after {
    content: '';
    place-self: center end;
    inline-size: 9px;
    block-size: 9px;
    margin-inline-end: 16px;
    border: solid;
    border-width: 0 2px 2px 0;
    transform: translateY(-3px) rotate(45deg);
    pointer-events: none;
  }
  textarea {
    display: block;
  }
  :focus-visible,
  .box:focus-within {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  /* Not the percentage, which stands inside the amount's field. */
  .bad :is(.box, select, textarea):not(.share *),
  .grave {
    border-color: var(--_danger);
  }
  .error,
  .grave {
    color: var(--_danger);
  }
  strong {
    color: var(--_tone);
  }
  button {
    padding-inline: 16px;
  }
  :is(button, select, summary, .choice) {
    cursor: pointer;
  }
  .stack > button {
    justify-self: start;
  }
  button:hover {
    border-color: var(--_text);
    box-shadow: 0 0 0 1px var(--_text);
  }
  [part~='primary'] {
    color: var(--_on-accent);
    background: var(--_accent);
    forced-color-adjust: none;
  }
  .review [aria-busy='true'] {
    opacity: 0.65;
  }
  .quiet,
  .small {
    padding: 0;
    border: 0;
    background: none;
    color: var(--_accent);
    text-decoration: underline;
    text-underline-offset: 3px;
    box-shadow: none !important;
  }
  :is(.quiet, .small):hover,
  [aria-pressed='true'] {
    text-decoration-thickness: 2px;
  }
  .small {
    min-block-size: 24px;
  }
  .small,
  .quiet,
  .hint {
    font-weight: 400;
  }
  @container (width >= 400px) {
    /* The first button is the primary one. It stands at the inline end. */
    .actions {
      display: flex;
      flex-flow: row-reverse wrap;
      align-items: center;
    }
    :is(section, form) > button {
      justify-self: end;
    }
    .actions .quiet {
      margin-inline-end: auto;
    }
  }
`;
