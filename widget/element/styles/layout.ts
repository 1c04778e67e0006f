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
    --_tone: var(--_text);
    display: block;
    container-type: inline-size;
    color: var(--_text);
    background: var(--_surface);
    font: 14px/1.45 var(--refund-form-font, system-ui, 'Noto Sans Arabic', 'PingFang SC', 'Noto Sans SC', sans-serif);
    font-variant-numeric: tabular-nums;
    accent-color: var(--_accent);
    overflow-wrap: anywhere;
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
    margin: 0;
  }
  .place {
    display: contents;
  }
  section,
  form,
  .panel,
  .stack,
  .field {
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
    justify-items: start;
  }
  :is(section, form) > *,
  .box,
  select,
  textarea {
    inline-size: 100%;
  }
  .panel,
  .stack {
    gap: 8px;
  }
  .field {
    gap: 4px;
  }
  fieldset,
  ol {
    padding: 0;
    border: 0;
  }
  h2 {
    font-size: 16px;
    line-height: 1.35;
    color: var(--_tone);
    outline: 0;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
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
  thead,
  ol {
    font-size: 12px;
  }
  .figures,
  .figures > div {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    align-items: baseline;
    gap: 4px 16px;
    font-size: 12px;
    line-height: 16px;
  }
  .figures > div {
    gap: 4px;
  }
  .figures > :last-child {
    order: -1;
    flex-basis: 100%;
    justify-content: space-between;
    font-size: 14px;
  }
  .figures > :last-child dd {
    font-size: 22px;
    line-height: 28px;
    font-weight: 650;
  }
  svg {
    block-size: 6px;
    border-radius: 3px;
    background: var(--_line);
  }
  [dir='rtl'] svg {
    transform: scaleX(-1);
  }
  rect {
    fill: var(--_accent);
  }
  .open {
    fill: var(--_border);
  }
  bdi {
    white-space: nowrap;
  }
  .facts bdi,
  q bdi,
  td .id {
    white-space: normal;
  }
  .id {
    user-select: all;
  }
  .big {
    font-size: 22px;
    line-height: 1.2;
    font-weight: 650;
  }
`;
