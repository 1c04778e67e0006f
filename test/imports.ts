import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The TypeScript files of a folder, by their paths below it. */
export function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/'));
}

/** Files of the same folder that a file imports, types included. */
export function importsOf(folder: string, file: string, files: readonly string[] = sourcesOf(folder)): string[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, target = '']) =>
    path.posix.normalize(path.posix.join(path.posix.dirname(file), target)),
  );
  return found.filter((target) => files.includes(target));
}

/** The first circle of imports within a folder, types included, as the files along it. */
export function circleIn(folder: string): string[] | undefined {
  const files = sourcesOf(folder);
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of importsOf(folder, file, files)) {
      const found = visit(target, [...trail, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}
