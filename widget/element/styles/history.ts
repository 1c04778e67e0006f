import { css } from 'lit';

/** The payment's other refunds, the copy button, and a receipt: a document of its own, with the same styles. */
export const history = css`
  .history {
    --_tone: var(--_text);
  }
  .history ul {
    padding: 0;
    list-style: none;
  }
  .history li {
    display: grid;
    gap: 4px;
    padding-block: 12px;
    border-block-end: 1px solid var(--_line);
  }
  .history dl {
    font-size: 12px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0 16px;
  }
  .line {
    display: flex;
    gap: 8px;
    justify-content: space-between;
    font-weight: 550;
  }
  .line bdi {
    white-space: nowrap;
  }
  .line span {
    color: var(--_tone);
  }
  .copyable {
    display: flex;
    gap: 4px;
    align-items: start;
  }
  .copy {
    inline-size: 32px;
    block-size: 32px;
    min-block-size: 0;
    margin-block: -4px;
    padding: 7px;
    border-color: transparent;
    background: none;
  }
  .hint .copy {
    margin-block: -8px;
  }
  /* Two of them share no pixel. */
  dl:has(.copy) {
    row-gap: 8px;
  }
  .copy svg {
    display: block;
    inline-size: 16px;
    block-size: 16px;
    fill: none;
    stroke: currentcolor;
  }
  .copy:has(+ :empty) path + path,
  .copy:not(:has(+ :empty)) path:first-child {
    opacity: 0;
  }
  body {
    overflow-wrap: anywhere;
    font:
      14px/1.5 system-ui,
      sans-serif;
  }
  body > * {
    margin: 24px;
  }
  iframe {
    position: fixed;
    inline-size: 1px;
    block-size: 1px;
    opacity: 0;
  }
`;
