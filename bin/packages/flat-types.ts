import { fileURLToPath } from 'node:url';

import { API, NodeBuilderFlags, SymbolFlags, type Checker, type Symbol, type Type } from 'typescript/unstable/sync';
import { SyntaxKind, type Node } from 'typescript/unstable/ast';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = `${ROOT}widget/index.ts`;
const PLAIN = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.UseSingleQuotesForStringLiteralType;

/** A member of the element's public interface. */
export interface Member {
  readonly name: string;
  readonly kind: 'property' | 'method';
  /** As it is written. */
  readonly type: string;
  readonly isReadonly: boolean;
  readonly about: string;
}

export interface FlatTypes {
  /** Declarations that name no other module. Each begins with `export`. */
  readonly text: string;
  /** Names of the types in it. */
  readonly types: readonly string[];
  /** Members of `RefundFormElement`, without those that every element has. */
  readonly members: readonly Member[];
  /** The comment of each event in `RefundFormEvents`, by name. */
  readonly events: Readonly<Record<string, string>>;
  /** The comment of the class `RefundForm`, with its tags. */
  readonly classComment: string;
}

/**
 * The element's types in one piece. An interface is copied with its comments. A type that is computed from a schema is
 * written out, so that it names no other package.
 */
export function flatTypes(): FlatTypes {
  const api = new API({ cwd: ROOT });
  try {
    const config = `${ROOT}tsconfig.widget.json`;
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error(`${config}: is no project`);
    return new Flattener(project).flatten();
  } finally {
    api.close();
  }
}

type Project = NonNullable<ReturnType<ReturnType<API['updateSnapshot']>['getProject']>>;

class Flattener {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #texts = new Map<string, string>();
  readonly #globals = new Set<string>();
  readonly #types: string[] = [];
  readonly #declared = new Map<string, Node>();
  /** Names of the types that were written out, by their text. */
  readonly #computed = new Map<string, string>();

  constructor(project: Project) {
    this.#project = project;
    this.#checker = project.checker;
  }

  flatten(): FlatTypes {
    const file = this.#project.program.getSourceFile(ENTRY);
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${ENTRY}: is no module`);
    for (const symbol of this.#checker.getExportsOfModule(module)) this.#add(symbol);
    const form = this.#declared.get('RefundForm');
    const element = this.#declared.get('RefundFormElement');
    const events = this.#declared.get('RefundFormEvents');
    if (!form || !element || !events) throw new Error('Expected RefundForm, RefundFormElement and RefundFormEvents');
    return {
      text: [...this.#texts.values(), ...this.#globals].join('\n\n'),
      types: this.#types.toSorted(),
      members: membersOf(element).map((node) => this.#member(node)),
      events: Object.fromEntries(membersOf(events).map((node) => [nameOf(node).replaceAll("'", ''), commentOf(node)])),
      classComment: commentOf(form),
    };
  }

  #add(named: Symbol): void {
    const symbol = named.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(named) : named;
    const { name } = symbol;
    const node = symbol.declarations[0]?.resolve(this.#project);
    if (!node || !this.#isOurs(node) || this.#declared.get(name) === node) return;
    if (this.#declared.has(name)) throw new Error(`Two declarations are called ${name}: rename one of them`);
    this.#declared.set(name, node);
    // Keeps the order: what is used comes after its user.
    this.#texts.set(name, '');
    this.#texts.set(name, this.#textOf(symbol, node));
    this.#globalsOf(node);
  }

  #textOf(symbol: Symbol, node: Node): string {
    const comment = rawComment(node);
    if (node.kind === SyntaxKind.ClassDeclaration) return CLASS_TEXT;
    if (node.kind === SyntaxKind.FunctionDeclaration) {
      this.#follow(node);
      const head = node
        .getText()
        .slice(0, bodyStart(node) - node.getStart())
        .trimEnd();
      // A default value becomes an optional parameter.
      return `${comment}${head.replace('export ', 'export declare ').replaceAll(/(\w+) = '[^']*'/g, '$1?: string')};`;
    }
    if (node.kind !== SyntaxKind.InterfaceDeclaration && node.kind !== SyntaxKind.TypeAliasDeclaration) {
      throw new Error(`${symbol.name}: expected a class, function, interface or type`);
    }
    this.#types.push(symbol.name);
    if (node.kind === SyntaxKind.TypeAliasDeclaration && isComputed(node)) {
      const written = this.#print(this.#checker.getDeclaredTypeOfSymbol(symbol));
      this.#computed.set(written, symbol.name);
      return `${comment}export type ${symbol.name} = ${written};`;
    }
    this.#follow(node);
    return `${comment}${exported(node)}`;
  }

  /** Writes a type out. */
  #print(type: Type): string {
    if (type.isUnionType()) {
      const parts = (type.getTypes() ?? []).map((part) => this.#print(part));
      // The checker has `false | true` where a person writes `boolean`.
      const texts = parts.includes('true')
        ? [...parts.filter((part) => !/^(?:true|false)$/.test(part)), 'boolean']
        : parts;
      return texts.toSorted((one, other) => rank(one) - rank(other)).join(' | ');
    }
    if (this.#checker.isArrayType(type) && type.isTypeReference()) {
      const [item] = this.#checker.getTypeArguments(type);
      const text = item ? this.#print(item) : 'unknown';
      return `readonly ${/^[\w.]+$|^\{/.test(text) ? text : `(${text})`}[]`;
    }
    const properties = type.isObjectType() ? this.#checker.getPropertiesOfType(type) : [];
    const isPlain =
      properties.length > 0 && !type.isTupleType() && !properties.some(({ flags }) => flags & SymbolFlags.Method);
    if (!isPlain) return this.#checker.typeToString(type, undefined, PLAIN);
    const lines = properties.flatMap((property) => {
      const about = property.getDocumentationComment(this.#checker);
      const isOptional = Boolean(property.flags & SymbolFlags.Optional);
      const of = this.#checker.getTypeOfSymbol(property);
      const text = of ? this.#print(of) : 'unknown';
      return [...commentLines(about), `readonly ${key(property.name)}${isOptional ? '?' : ''}: ${text};`];
    });
    const isLoose = this.#checker.getIndexInfosOfType(type).length > 0;
    if (isLoose) lines.push('readonly [more: string]: unknown;');
    const text = `{\n  ${lines.join('\n').replaceAll('\n', '\n  ')}\n}`;
    return this.#computed.get(text) ?? text;
  }

  /** Adds every declaration of ours that the node names. */
  #follow(node: Node): void {
    node.forEachChild((child) => {
      if (child.kind === SyntaxKind.Identifier) {
        const symbol = this.#checker.getSymbolAtLocation(child);
        if (symbol && isTopLevel(symbol, this.#project)) this.#add(symbol);
      } else if (child.kind !== SyntaxKind.Block) this.#follow(child);
    });
  }

  #isOurs(node: Node): boolean {
    const file = node.getSourceFile();
    const { program } = this.#project;
    return !program.isSourceFileDefaultLibrary(file) && !program.isSourceFileFromExternalLibrary(file);
  }

  /** `declare global` of the files that were used. */
  #globalsOf(node: Node): void {
    node.getSourceFile().forEachChild((statement) => {
      if (/^declare global\b/.test(statement.getText())) this.#globals.add(statement.getText());
    });
  }

  #member(node: Node): Member {
    const text = node.getText();
    const name = nameOf(node);
    const kind = node.kind === SyntaxKind.MethodSignature ? 'method' : 'property';
    const type = text
      .replace(/^readonly /, '')
      .slice(name.length)
      .replace(/^\??:\s*/, '')
      .replace(/;$/, '');
    return { name, kind, type, isReadonly: text.startsWith('readonly '), about: commentOf(node) };
  }
}

const CLASS_TEXT = `/** The class of the element, to define it under another name or to extend it. */
export declare const RefundForm: { new (): RefundFormElement; readonly prototype: RefundFormElement };
export type RefundForm = RefundFormElement;`;

/** Computed from a value: a schema, or the keys of a table. */
function isComputed(node: Node): boolean {
  let found = false;
  const visit = (child: Node): void => {
    if (child.kind === SyntaxKind.TypeQuery) found = true;
    child.forEachChild(visit);
  };
  visit(node);
  return found;
}

function isTopLevel(symbol: Symbol, project: Project): boolean {
  if (symbol.flags & (SymbolFlags.TypeParameter | SymbolFlags.Property | SymbolFlags.Method)) return false;
  const node = symbol.declarations[0]?.resolve(project);
  if (!node) return false;
  return symbol.flags & SymbolFlags.Alias ? true : node.parent?.kind === SyntaxKind.SourceFile;
}

/** The parts of an interface. */
function membersOf(node: Node): readonly Node[] {
  const found: Node[] = [];
  node.forEachChild((child) => {
    if (child.kind === SyntaxKind.PropertySignature || child.kind === SyntaxKind.MethodSignature) found.push(child);
  });
  return found;
}

function nameOf(node: Node): string {
  let name = '';
  node.forEachChild((child) => {
    if (name === '' && (child.kind === SyntaxKind.Identifier || child.kind === SyntaxKind.StringLiteral)) {
      name = child.getText();
    }
  });
  return name;
}

function bodyStart(node: Node): number {
  let start = node.end;
  node.forEachChild((child) => {
    if (child.kind === SyntaxKind.Block) start = child.getStart();
  });
  return start;
}

const exported = (node: Node) => {
  const text = node.getText();
  return text.startsWith('export ') ? text : `export ${text}`;
};

/** The comment before a declaration, as it is written. */
function rawComment(node: Node): string {
  const [comment] = (node.jsDoc ?? []).slice(-1);
  return comment ? `${comment.getText()}\n` : '';
}

/** The same without its stars. */
function commentOf(node: Node): string {
  return rawComment(node)
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function commentLines(text: string): readonly string[] {
  if (text === '') return [];
  return text.includes('\n') ? ['/**', ...text.split('\n').map((line) => ` * ${line}`), ' */'] : [`/** ${text} */`];
}

const key = (name: string) => (/^[a-z_$][\w$]*$/i.test(name) ? name : `'${name}'`);
const rank = (text: string) => (text === 'undefined' ? 2 : text === 'null' ? 1 : 0);
