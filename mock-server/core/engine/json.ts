/** An object or array of a JSON text that is not closed yet. */
interface Open {
  /** Names so far; an array has none. */
  readonly names: Set<string> | undefined;
  /** The member or index that comes next or is being read. */
  step: string | number;
  isName: boolean;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs;

/**
 * The path of a member that an object has twice, of a text that is valid JSON. `JSON.parse` would take the last one without
 * a word.
 */
export function repeatedMember(text: string): string | undefined {
  const open: Open[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (token === '{') open.push({ names: new Set(), step: '', isName: true });
    else if (token === '[') open.push({ names: undefined, step: 0, isName: false });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') next(top);
    else if (top?.isName) {
      const name = JSON.parse(token) as string;
      top.step = name;
      top.isName = false;
      if (top.names?.has(name)) return open.map(({ step }) => step).join('.');
      top.names?.add(name);
    }
  }
  return undefined;
}

/**
 * A valid JSON text in which each object is an array of objects with one member: `{"a":1,"a":2}` becomes
 * `[{"a":1},{"a":2}]`, so that a member which is there twice is read twice.
 */
export function withEveryMember(text: string): string {
  const open: string[] = [];
  return text.replace(TOKEN, (token) => {
    if (token === '{' || token === '[') open.push(token);
    if (token === '{') return '[{';
    if (token === ',') return open.at(-1) === '{' ? '},{' : token;
    if (token === '}' || token === ']') open.pop();
    return token === '}' ? '}]' : token;
  });
}

function next(top: Open | undefined): void {
  if (top?.names) top.isName = true;
  else if (top) top.step = Number(top.step) + 1;
}

/** Editors on Windows, and some programs, write a byte order mark. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '');
