import { css } from 'lit';

/** Forms within a form's view: why a request is declined, and what became of an unknown refund. */
export const approval = css`
  .place > form {
    inline-size: 100%;
  }
  details > form {
    margin-block-start: 8px;
  }
`;
