/** What no shell reads as anything but itself. A tilde or a dash at the start would be read. */
const PLAIN = { posix: /^[\w./:@+-]+$/, win32: /^[\w./\\:~@+-]+$/ } as const;

/** A path as one word of a command line, so that the person can copy the line whatever the folder is called. */
export function quoted(path: string, platform: NodeJS.Platform = process.platform): string {
  // A command would take it for an option.
  const named = path.startsWith('-') ? `./${path}` : path;
  if (platform === 'win32') return PLAIN.win32.test(named) ? named : `"${named}"`;
  return PLAIN.posix.test(named) ? named : `'${named.replaceAll("'", String.raw`'\''`)}'`;
}
