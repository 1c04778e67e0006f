import { css } from 'lit';

/** Adopted as a constructed sheet: a strict `style-src` has nothing to refuse. Class names of `section` are states. */
export const styles = css`
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
  .choice,
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  fieldset {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
    gap: 8px;
  }
  .choice {
    flex-wrap: nowrap;
    min-block-size: 44px;
    padding: 4px 12px;
    line-height: 1.3;
    border: 1px solid var(--_border);
    border-radius: var(--refund-form-radius, 8px);
  }
  .choice span {
    display: grid;
  }
  .choice:has(:checked) {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 1px var(--_accent);
  }
  [type='radio'] {
    inline-size: 18px;
    block-size: 18px;
  }
  .box,
  button,
  select,
  textarea {
    font: inherit;
    color: inherit;
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: var(--refund-form-radius, 8px);
    min-block-size: 40px;
    padding: 8px 12px;
  }
  button,
  label:not(.choice) {
    font-weight: 550;
  }
  .box {
    display: flex;
    gap: 8px;
    color: var(--_muted);
  }
  .box input {
    flex: 1;
    min-inline-size: 0;
    font: inherit;
    color: var(--_text);
    text-align: end;
    background: none;
    border: 0;
    padding: 0;
    outline: 0;
  }
  :focus-visible,
  .box:focus-within {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .bad > *,
  .grave {
    border-color: var(--_danger);
  }
  .danger,
  .failed {
    --_tone: var(--_danger);
  }
  .warning,
  .unknown,
  .unrecognised,
  .reversing,
  .reversed {
    --_tone: var(--_warning);
  }
  .succeeded {
    --_tone: var(--_success);
  }
  .error,
  .grave,
  strong {
    color: var(--_danger);
  }
  .panel,
  .unknown {
    padding: 16px;
    border: 1px solid var(--_tone);
    border-inline-start-width: 4px;
    border-radius: var(--refund-form-radius, 8px);
    background: color-mix(in oklab, var(--_tone) 8%, var(--_surface));
  }
  button {
    padding-inline: 16px;
    cursor: pointer;
  }
  :is(section, form) > button {
    inline-size: auto;
  }
  button:hover {
    border-color: var(--_text);
    box-shadow: 0 0 0 1px var(--_text);
  }
  [part~='primary'] {
    color: var(--_on-accent);
    background: var(--_accent);
  }
  [aria-disabled='true'] {
    opacity: 0.65;
  }
  summary {
    min-block-size: 32px;
  }
  ol {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 4px;
    list-style: none;
  }
  li {
    color: var(--_muted);
    border-block-start: 3px dotted var(--_border);
    padding-block-start: 4px;
  }
  .done {
    color: inherit;
    border-block-start: 3px solid var(--_accent);
  }
  table {
    border-collapse: collapse;
  }
  th,
  td {
    padding-block: 8px;
    padding-inline: 0 12px;
    text-align: start;
    vertical-align: top;
    border-block-end: 1px solid var(--_line);
    font-weight: 400;
  }
  :is(th, td):last-child {
    padding-inline-end: 0;
  }
  .said {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .quiet {
    border-color: transparent;
    color: var(--_accent);
  }
  .panel a {
    color: inherit;
  }
  .bone {
    block-size: 24px;
    border-radius: 4px;
    background: var(--_line);
  }
  .late {
    animation: 120ms 2s both late;
  }
  @keyframes late {
    from {
      opacity: 0;
    }
  }
  @container (width < 400px) {
    thead {
      display: none;
    }
    tr,
    th,
    td {
      display: block;
    }
    tr + tr {
      margin-block-start: 8px;
    }
    tr > :not(:last-child) {
      border: 0;
      padding-block: 2px;
    }
    [part~='primary'] {
      inline-size: 100% !important;
    }
  }
`;
