<?php
// The file of the ledger, and the refusals of what must not be sent.
declare(strict_types=1);

const SCHEMA = <<<'SQL'
    CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
      state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at REAL, currency TEXT);
    CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
      status TEXT, currency TEXT, listed INTEGER);
    CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
    CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);
    SQL;

// A ledger of an earlier version has no such columns.
const ADDED = [['requests', 'currency', 'TEXT'], ['refunds', 'currency', 'TEXT'], ['refunds', 'listed', 'INTEGER']];

/** The request is refused before it is sent. `more`: members of the problem. */
class Refused extends Exception
{
    public function __construct(
        public readonly int $status,
        public readonly string $problem,
        public readonly string $effect = 'nothing',
        public readonly array $more = [],
    ) {
        parent::__construct($problem);
    }

    public function with(string $effect): self
    {
        return new self($this->status, $this->problem, $effect, $this->more);
    }
}

/** Whether another program has the file for itself just now. */
function isBusy(PDOException $error): bool
{
    return ($error->errorInfo[1] ?? null) === 5;
}

abstract class Database
{
    private readonly PDO $db;

    public function __construct(string $file)
    {
        if (!file_exists($file)) {
            $mask = umask(0077); // Only this user may read it: SQLite gives the files beside it the same mode.
            @touch($file);
            umask($mask);
        }
        $this->db = new PDO("sqlite:$file", options: [PDO::ATTR_TIMEOUT => 20]);
        $this->db->setAttribute(PDO::ATTR_DEFAULT_FETCH_MODE, PDO::FETCH_OBJ);
        $this->db->exec(SCHEMA);
        if ($this->missing()) {
            $this->locked(function () {
                // Another process may have added them meanwhile.
                foreach ($this->missing() as [$table, $name, $type]) {
                    $this->db->exec("ALTER TABLE $table ADD COLUMN $name $type");
                }
            });
        }
        $this->db->exec('CREATE INDEX IF NOT EXISTS refunds_listed ON refunds (listed)');
        try {
            $this->db->exec('PRAGMA journal_mode = WAL');
        } catch (PDOException $error) {
            // It does not wait for other programs, and only saves time: a later request does it.
            isBusy($error) || throw $error;
        }
    }

    /** @return array<list<string>> the columns that the file does not have yet */
    private function missing(): array
    {
        $has = 'SELECT 1 FROM pragma_table_info(?) WHERE name = ?';
        return array_filter(ADDED, fn (array $column) => !$this->run($has, [$column[0], $column[1]])->fetchColumn());
    }

    /** One transaction that holds the write lock from its beginning: what it reads cannot change before its end. */
    protected function locked(callable $work): mixed
    {
        $this->db->exec('BEGIN IMMEDIATE');
        try {
            $result = $work();
            $this->db->exec('COMMIT');
            return $result;
        } catch (Throwable $error) {
            $this->db->exec('ROLLBACK');
            throw $error;
        }
    }

    protected function run(string $sql, array $values): PDOStatement
    {
        $statement = $this->db->prepare($sql);
        foreach ($values as $name => $value) {
            // As a text a number would be above every other one.
            $statement->bindValue(is_int($name) ? $name + 1 : $name, $value, is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR);
        }
        $statement->execute();
        return $statement;
    }
}
