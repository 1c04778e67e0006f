import { css } from 'lit';

/** The lines of an order, each with its units at the inline end. */
export const items = css`
  .lines {
    display: grid;
    gap: 12px;
  }
  .lines .field {
    grid-template-columns: 1fr minmax(72px, 40%);
    column-gap: 12px;
  }
  .lines .box {
    grid-area: 1 / 2 / span 2;
    text-align: end;
  }
  .lines > .field > input {
    justify-self: end;
    inline-size: 72px;
    color: inherit;
  }
  :disabled {
    opacity: 0.5;
  }
`;
