import { css } from 'lit';

/** The lines of an order, each with its units at the inline end; and the percentage or fee. */
export const items = css`
  .lines {
    display: grid;
    gap: 12px;
  }
  .lines .field,
  .field:has(> .share) {
    grid-template-columns: minmax(0, 1fr) auto;
    column-gap: 16px;
  }
  .lines .box {
    grid-area: 1 / 2 / span 2;
    align-self: start;
    inline-size: 72px;
    text-align: center;
    color: inherit;
  }
  .lines .box:not(input) {
    inline-size: 160px;
  }
  /* Beside the hint, and below it once it is open. */
  .field:has(> .share) > :is(label, .box),
  .share[open] {
    grid-column: 1 / -1;
  }
  .share summary {
    min-block-size: 24px;
    margin-block: 2px -6px;
    /* Its focus ring keeps off the border of the box above. */
    outline-offset: -1px;
    font-size: 12px;
    line-height: 20px;
  }
  /* Room for the focus ring of the box. */
  .share .stack {
    padding-block-start: 12px;
  }
  :disabled {
    opacity: 0.5;
  }
`;
