import { css } from 'lit';

/** Tokens, text and layout. Class names of `section` are states. */
export const layout = css`
  :host {
    --_text: var(--refund-form-text, light-dark(#1a1e27, #e8eaf0));
    --_surface: var(--refund-form-surface, light-dark(#fff, #14171d));
    --_accent: var(--refund-form-accent, light-dark(#24458c, #a8c0ff));
    --_on-accent: var(--refund-form-on-accent, light-dark(#fff, #0f1830));
    --_danger: var(--refund-form-danger, light-dark(#a31d18, #ffaba3));
    --_warning: var(--refund-form-warning, light-dark(#754600, #f3c363));
    --_success: var(--refund-form-success, light-dark(#12603a, #82d9a8));
    --_border: var(--refund-form-border, color-mix(in oklab, var(--_text) 52%, var(--_surface)));
    --_muted: color-mix(in oklab, var(--_text) 72%, var(--_surface));
    --_line: color-mix(in oklab, var(--_text) 14%, var(--_surface));
    --_radius: var(--refund-form-radius, 8px);
    --_tone: var(--_text);
    /* In a container that is as wide as its content, such as a dialog, the first column gives the width. It needs none. */
    display: grid;
    grid-template-columns: minmax(0, 480px) minmax(0, 1fr);
    color: var(--_text);
    background: var(--_surface);
    font: 14px/20px var(--refund-form-font, system-ui, 'Noto Sans Arabic', 'PingFang SC', 'Noto Sans SC', sans-serif);
    font-variant-numeric: tabular-nums;
    accent-color: var(--_accent);
    overflow-wrap: anywhere;
    /* What a page sets around the form would run texts out of it, or change how a number is written. */
    white-space: normal;
    text-align: start;
    text-indent: 0;
    text-transform: none;
    letter-spacing: normal;
  }
  * {
    box-sizing: border-box;
    margin: 0;
  }
  .place {
    display: contents;
  }
  section {
    grid-column: 1 / -1;
    container-type: inline-size;
  }
  section,
  form,
  .panel,
  .stack,
  .field,
  .pick {
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
  }
  select,
  textarea,
  #number,
  table,
  .bar,
  .bones {
    inline-size: 100%;
  }
  .panel,
  .stack {
    gap: 8px;
  }
  .field {
    gap: 0;
  }
  [part='label'] {
    margin-block-end: 6px;
  }
  .field > p {
    margin-block-start: 4px;
  }
  :host([hidden]),
  [hidden],
  .field > p:empty {
    display: none;
  }
  /* Between groups there are 24 pixels. */
  fieldset,
  .actions,
  :is(section, form) > button {
    margin-block-start: 8px;
  }
  fieldset {
    margin-block-end: 8px;
  }
  fieldset,
  ol {
    padding: 0;
    border: 0;
  }
  section {
    position: relative;
  }
  .head {
    display: flex;
    gap: 8px;
    color: var(--_tone);
  }
  .head:has(:focus-visible) {
    padding-inline-start: 7px;
    border-inline-start: 3px solid var(--_accent);
  }
  h2 {
    flex: 1;
    font-size: 16px;
    outline: 0 !important;
  }
  /* Chinese has no spaces: balanced lines would end within its words. */
  :is(h2, .unknown p):not(:lang(zh)) {
    text-wrap: balance;
  }
  dl {
    display: grid;
    grid-template-columns: fit-content(45%) 1fr;
    gap: 4px 16px;
  }
  dt {
    overflow-wrap: normal;
  }
  dt,
  .hint,
  thead {
    color: var(--_muted);
  }
  .hint,
  .error,
  .small,
  .figures,
  thead,
  ol {
    font-size: 12px;
    line-height: 16px;
  }
  /* The figures end where the text of the fields ends. */
  .figures,
  .figures > div {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    align-items: baseline;
    gap: 0 16px;
  }
  .figures {
    padding-inline-end: 13px;
  }
  .figures > div {
    column-gap: 4px;
  }
  .figures > :last-child {
    order: -1;
    flex-basis: 100%;
    font-size: 14px;
  }
  .figures > :last-child dd {
    margin-inline-start: auto;
  }
  .figures > :last-child dd,
  .big {
    font-size: 22px;
    line-height: 28px;
    font-weight: 650;
  }
  .big {
    font-size: 28px;
    line-height: 34px;
  }
  .bar {
    block-size: 6px;
    border-radius: 3px;
    background: var(--_line);
  }
  [dir='rtl'] .bar {
    transform: scaleX(-1);
  }
  .bar rect {
    fill: var(--_accent);
  }
  .bar .open {
    fill: var(--_border);
  }
  /* Amounts, and numbers that fit. What a person or the page has written may be of any length. */
  .money:not(.facts *, details *, .choice *, .big *),
  .id:not(.facts *, details *, p *, table *) {
    white-space: nowrap;
  }
  dt bdi {
    overflow-wrap: anywhere;
  }
  .id {
    user-select: all;
  }
  b {
    display: block;
  }
`;
