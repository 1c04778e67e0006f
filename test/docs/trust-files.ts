import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

interface Question {
  readonly question: string;
  /** Functions that a file defines or imports. */
  readonly functions: readonly string[];
  /** Methods that a file calls. */
  readonly methods?: readonly string[];
}

/** What a reader has to trust, with the functions that decide it. */
const QUESTIONS: readonly Question[] = [
  { question: 'Which request has this key?', functions: ['beginIn'], methods: ['intentByKey'] },
  {
    question: 'Which amount is held?',
    functions: ['reserveIn', 'refuse', 'paymentFacts', 'refundableOf', 'holdsAmount'],
  },
  {
    question: 'What does an answer mean for the money?',
    functions: ['judgeUqpay', 'judgeUpayments', 'problemEffect', 'judgeAnswer'],
    methods: ['classify'],
  },
  { question: 'What does an answer, an event or a person change?', functions: ['settleIn', 'applyFact', 'contradict'] },
  {
    question: 'What was observed since?',
    functions: ['observeIn', 'receiveIn'],
    methods: ['ledger.observe', 'route.observe'],
  },
  { question: 'What may follow what?', functions: ['intentMayMove', 'standingMayMove'] },
];

/** Rows of a database: the store's own tests run the same cases on each of them. */
const STORES = /^proxy\/ledger\/(?:store|sql|sql-rows|sqlite|postgres|durable-object)\.ts$/;
const INDEX = /^contract\/(?:index|uqpay|upayments)\.ts$/;

function isOn(source: string, { functions, methods = [] }: Question): boolean {
  const imports = [...source.matchAll(/^import \{([^}]*)\} from/gms)].map(([, names = '']) => names).join(' ');
  const defines = (name: string) => new RegExp(`^export (?:async )?(?:function|const) ${name}\\b`, 'm').test(source);
  return (
    functions.some((name) => defines(name) || new RegExp(`\\b${name}\\b`).test(imports)) ||
    methods.some((name) => new RegExp(`\\b${name.replace('.', String.raw`\.`)}\\(`).test(source))
  );
}

export interface TrustRow {
  readonly question: string;
  readonly files: readonly string[];
}

/** The files of `contract/` and `proxy/` that decide about money, by what they decide. @throws RangeError for a name that is gone */
export function trustRows(): TrustRow[] {
  const files = ['contract', 'proxy'].flatMap((room) =>
    readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name.replaceAll(path.sep, '/')}`),
  );
  const sources = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
  const all = [...sources.values()].join('\n');
  for (const name of QUESTIONS.flatMap(({ functions, methods = [] }) => [...functions, ...methods])) {
    if (!new RegExp(`\\b${name}\\b`).test(all))
      throw new RangeError(`test/docs/trust-files.ts: nothing is named ${name}`);
  }
  return QUESTIONS.map((one) => ({
    question: one.question,
    files: files
      .filter((file) => !STORES.test(file) && !INDEX.test(file) && isOn(sources.get(file) ?? '', one))
      .toSorted(),
  }));
}
