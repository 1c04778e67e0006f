/** Headers with which somebody has signed in. */
export type SignIn = Readonly<Record<string, string>>;

/** They say which page sends a request, and not who has signed in. */
const OF_PAGE = new Set(['origin', 'referer', 'sec-fetch-site']);
const isOfPage = (name: string): boolean => OF_PAGE.has(name.toLowerCase());

/** The headers of a request and of a sign-in. What a check says of the page stands in the place of what `--header` says. */
export function withSignIn(headers: SignIn, signIn: SignIn): Record<string, string> {
  const isPageTold = Object.keys(headers).some(isOfPage);
  const rest = Object.entries(signIn).filter(([name]) => !isPageTold || !isOfPage(name));
  return { ...headers, ...Object.fromEntries(rest) };
}

/** The origin of a page that `--header` gives. */
export function pageOf(signIn: SignIn): string | undefined {
  return Object.entries(signIn).find(([name]) => name.toLowerCase() === 'origin')?.[1];
}

/** The same page, and nobody has signed in. */
export function nobody(signIn: SignIn): SignIn {
  return Object.fromEntries(Object.entries(signIn).filter(([name]) => isOfPage(name)));
}

/** Whether somebody has signed in with these. */
export function signsIn(signIn: SignIn): boolean {
  return !Object.keys(signIn).every(isOfPage);
}

const STRANGER = 'verify-stranger';

/**
 * A session that does not exist, in the shape of the given one: the names of its cookies and the scheme of its credentials
 * are the same. A proxy that only looks whether they are there takes it for a session.
 */
export function madeUp(signIn: SignIn): SignIn {
  return withOther(signIn, () => STRANGER);
}

/** The given session with one other character in each value. A proxy that only looks at the form of a value takes it. */
export function almost(signIn: SignIn): SignIn {
  return withOther(signIn, withOneOther);
}

function withOther(signIn: SignIn, change: (value: string) => string): SignIn {
  const changed = Object.entries(signIn).map(([name, value]) => {
    if (isOfPage(name)) return [name, value];
    return [name, name.toLowerCase() === 'cookie' ? otherCookies(value, change) : otherCredentials(value, change)];
  });
  return Object.fromEntries(changed) as SignIn;
}

function otherCookies(text: string, change: (value: string) => string): string {
  const cookies = text.split(';').map((cookie) => {
    const [, name = '', quote = '', value = ''] = /^([^=]*=?)("?)(.*?)\2$/.exec(cookie.trim()) ?? [];
    return `${name}${quote}${change(value)}${quote}`;
  });
  return cookies.join('; ');
}

/** Credentials with or without a scheme before them. */
function otherCredentials(text: string, change: (value: string) => string): string {
  const [, scheme = '', value = text] = /^([\w-]+ +)(\S.*)$/.exec(text) ?? [];
  if (!/^basic /i.test(scheme)) return scheme + change(value);
  // The user of a password is no secret: only the password is another one.
  const [, user = '', password = ''] = /^([^:]*:)(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return scheme + Buffer.from(user + change(password)).toString('base64');
}

const JWT = /^eyJ[\w-]*\.[\w-]+\.(?=[\w-]+$)/;

/**
 * Changes a character that the value needs: of a JSON Web Token one of its signature, because the rest may be read without
 * it. The last character is left alone: of base64 it may hold bits that say nothing.
 */
function withOneOther(value: string): string {
  const [head = ''] = JWT.exec(value) ?? [];
  const from = head.length + Math.floor((value.length - head.length) / 3);
  const all = [...value.matchAll(/(?<!%.?)[a-z\d]/gi)].map(({ index }) => index);
  const at = all.find((index) => index >= from) ?? all.at(-1);
  if (at === undefined) return `${value}x`;
  return value.slice(0, at) + otherThan(value[at]!) + value.slice(at + 1);
}

/** Another digit for a digit, and another letter for a letter: a hexadecimal one stays so, and a capital, too. */
function otherThan(character: string): string {
  const other = RINGS.find((ring) => ring.includes(character)) ?? 'x';
  return other[(other.indexOf(character) + 1) % other.length]!;
}

const RINGS = ['0123456789', 'abcdef', 'ABCDEF', 'ghijklmnopqrstuvwxyz', 'GHIJKLMNOPQRSTUVWXYZ'];
