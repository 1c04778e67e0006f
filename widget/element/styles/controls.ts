import { css } from 'lit';

/** Fields, buttons, panels, tables, and what changes in a narrow container. */
export const controls = css`
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
