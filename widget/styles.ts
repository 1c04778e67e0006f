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
    font: 14px/1.45
      var(--refund-form-font, system-ui, 'Segoe UI', 'Noto Sans Arabic', 'PingFang SC', 'Noto Sans SC', sans-serif);
    font-variant-numeric: tabular-nums;
    accent-color: var(--_accent);
    overflow-wrap: anywhere;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before {
    box-sizing: border-box;
  }
  section,
  form,
  .stack,
  .panel {
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
  }
  h2,
  p,
  dl,
  dd,
  ol,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  h2 {
    font-size: 16px;
    line-height: 1.35;
    color: var(--_tone);
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  [tabindex='-1']:focus {
    outline: none;
  }
  dl {
    display: grid;
    grid-template-columns: minmax(64px, auto) minmax(0, 1fr);
    gap: 4px 16px;
  }
  dt,
  .hint,
  thead,
  ol {
    color: var(--_muted);
  }
  .hint,
  .error,
  thead,
  ol {
    font-size: 12px;
  }
  .figures {
    inline-size: min(100%, 280px);
    margin-inline-start: auto;
    text-align: end;
  }
  .figures dt {
    text-align: start;
  }
  .figures dd:last-of-type {
    font-weight: 650;
  }
  bdi {
    white-space: nowrap;
  }
  .id,
  q bdi {
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
  label,
  strong {
    font-weight: 550;
  }
  .field {
    display: grid;
    gap: 4px;
  }
  .choice,
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .choice {
    min-block-size: 32px;
    font-weight: 400;
  }
  [type='radio'] {
    inline-size: 18px;
    block-size: 18px;
    margin: 0;
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
  .box:focus-within {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  select,
  textarea {
    inline-size: 100%;
    resize: vertical;
  }
  .bad > :is(.box, select, textarea) {
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
  .panel strong {
    color: var(--_danger);
  }
  .panel,
  section.unknown {
    padding: 16px;
    border: 1px solid var(--_tone);
    border-inline-start-width: 4px;
    border-radius: var(--refund-form-radius, 8px);
    background: color-mix(in oklab, var(--_tone) 8%, var(--_surface));
  }
  .panel {
    gap: 8px;
    padding: 12px;
  }
  button {
    font-weight: 550;
    justify-self: start;
    padding-inline: 16px;
    cursor: pointer;
  }
  [part~='primary'] {
    color: var(--_on-accent);
    background: var(--_accent);
    border-color: var(--_accent);
  }
  button:hover {
    background: color-mix(in oklab, var(--_text) 6%, var(--_surface));
  }
  [part~='primary']:hover {
    background: color-mix(in oklab, var(--_accent) 85%, var(--_text));
  }
  [aria-disabled='true'] {
    opacity: 0.65;
  }
  .link {
    min-block-size: 24px;
    padding: 0;
    border: 0;
    background: none;
    text-align: start;
    text-decoration: underline;
  }
  summary {
    min-block-size: 24px;
  }
  ol {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    list-style: none;
  }
  li {
    padding-block-start: 16px;
    background: linear-gradient(var(--_border), var(--_border)) 0 4px / 100% 1px no-repeat;
    position: relative;
  }
  li:last-child {
    background: none;
  }
  li::before {
    content: '';
    position: absolute;
    inset-block-start: 0;
    inline-size: 9px;
    block-size: 9px;
    border: 2px solid var(--_border);
    border-radius: 50%;
    background: var(--_surface);
  }
  .done {
    color: inherit;
  }
  .done::before {
    background: var(--_accent);
    border-color: var(--_accent);
    forced-color-adjust: none;
  }
  table {
    border-collapse: collapse;
    inline-size: 100%;
  }
  th,
  td {
    padding: 8px 0;
    padding-inline-end: 12px;
    text-align: start;
    vertical-align: top;
    border-block-end: 1px solid var(--_line);
    font-weight: 400;
  }
  .bones {
    display: grid;
    gap: 12px;
  }
  .bones * {
    block-size: 16px;
    border-radius: 4px;
    background: var(--_line);
  }
  .bones b {
    block-size: 40px;
  }
  .late {
    animation: appear 120ms 2s both;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  @container (width < 400px) {
    thead {
      display: none;
    }
    th,
    td {
      display: block;
      border: 0;
      padding: 2px 0;
    }
    tr {
      display: block;
      padding-block: 8px;
      border-block-end: 1px solid var(--_line);
    }
    [part~='primary'] {
      inline-size: 100%;
    }
  }
`;
