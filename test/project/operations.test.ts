import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';
import * as z from 'zod';

import { busyProxy, samplesOf, type Sample } from '../proxy/support/traffic.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/operations');
const textOf = (file: string) => readFileSync(path.join(folder, file), 'utf8');

const rule = z.strictObject({
  alert: z.string().regex(/^Refund[A-Za-z]+$/),
  expr: z.string(),
  for: z.optional(z.string().regex(/^\d+[smh]$/)),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook_url: z.string() }),
});
const rules = z
  .strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule) })) })
  .parse(parse(textOf('alerts.yaml')))
  .groups.flatMap((group) => group.rules);

const target = z.looseObject({ expr: z.string(), refId: z.string() });
const dashboard = z
  .looseObject({
    panels: z.array(
      z.looseObject({
        id: z.number(),
        title: z.string(),
        gridPos: z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(target).min(1),
      }),
    ),
    templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), query: z.string() })) }),
  })
  .parse(JSON.parse(textOf('grafana.json')));

/** The metrics in an expression, each with the labels that the expression uses. */
function metricsIn(expression: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  const by = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(/,\s*/));
  return [...expression.matchAll(/\b(refund_proxy_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers]) => ({
    name,
    labels: [...by, ...[...(matchers ?? '').matchAll(/(\w+)[=!]~?=?"/g)].map(([, label = '']) => label)],
  }));
}

function assertServed(expressions: readonly string[], samples: readonly Sample[]): void {
  for (const expression of expressions) {
    const metrics = metricsIn(expression);
    assert.ok(metrics.length > 0, `${expression} names no metric of the proxy`);
    for (const { name, labels } of metrics) {
      const sample = samples.find((each) => each.name === name);
      assert.ok(sample, `${name} is not served`);
      for (const label of labels) assert.ok(label in sample.labels, `${name} has no label ${label}: ${expression}`);
    }
  }
}

test('every metric and label in the alert rules and the dashboard is served by /metrics', async (t) => {
  const { scrape } = await busyProxy(t);
  const samples = samplesOf(await scrape());
  assertServed(
    rules.map(({ expr }) => expr),
    samples,
  );
  assertServed(
    dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    samples,
  );
  const variables = dashboard.templating.list.filter(({ query }) => query.startsWith('label_values'));
  assertServed(
    variables.map(({ query }) => query),
    samples,
  );
});

test('the proxy serves every label value that the alert rules use', async (t) => {
  const { scrape } = await busyProxy(t);
  const samples = samplesOf(await scrape());
  /** Label values that this traffic does not cause. Each exists in the code. */
  const other = new Set(['internal_error', 'unavailable', 'not_sent']);
  for (const { expr } of rules) {
    for (const [, name, label = '', words = ''] of expr.matchAll(/(refund_proxy_\w+)\{(\w+)=~?"([^"]+)"\}/g)) {
      for (const word of words.split('|').filter((each) => !other.has(each))) {
        const isGiven = samples.some((sample) => sample.name === name && sample.labels[label] === word);
        assert.ok(isGiven, `${name} never has ${label}="${word}"`);
      }
    }
  }
});

test('each alert has one section in alarms.md, and every link leads to a section', () => {
  const page = textOf('alarms.md');
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(new Set(sections), new Set(rules.map(({ alert }) => alert)));
  for (const { alert, annotations } of rules) {
    assert.equal(annotations.runbook_url, `alarms.md#${alert.toLowerCase()}`);
    const [, section = ''] = page.split(`## ${alert}\n`);
    assert.match(section.split('\n## ')[0] ?? '', /^1\. /m, `${alert} does not say what to do`);
  }
  for (const [, link = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    const [file = '', anchor] = link.split('#');
    const text = textOf(file);
    if (anchor === undefined) continue;
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    assert.ok(anchors.includes(anchor), link);
  }
});

test('panels of the dashboard do not overlap and have unique names', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(!taken.has(`${x} ${y}`), `${title} lies over another panel`);
        taken.add(`${x} ${y}`);
      }
    }
  }
  for (const key of ['id', 'title'] as const) {
    assert.equal(new Set(dashboard.panels.map((panel) => panel[key])).size, dashboard.panels.length, key);
  }
});

const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isThere = spawnSync(promtool, ['--version']).status === 0;

test(
  'Prometheus accepts the alert rules',
  { skip: isThere ? false : 'promtool is not installed; on Debian it comes with the package prometheus' },
  () => {
    const checked = spawnSync(promtool, ['check', 'rules', path.join(folder, 'alerts.yaml')], { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.match(checked.stdout, new RegExp(`SUCCESS: ${rules.length} rules found`));
  },
);
