// What a program does with mysql2 or with MariaDB's connector for Node. Tables are those of MysqlServer.
// Usage: node client.js mysql2|mariadb PORT OPTIONS STEP..., where OPTIONS are JSON; says what came of each step.

'use strict';

const [driver, port, options, ...steps] = process.argv.slice(2);
const at = {
  host: '127.0.0.1',
  port: Number(port),
  user: 'kyanos',
  password: 'secret',
  database: 'shop',
  multipleStatements: true,
  ...JSON.parse(options),
};

async function connect() {
  if (driver === 'mysql2') {
    const connection = await require('mysql2/promise').createConnection({ infileStreamFactory: (path) => require('fs').createReadStream(path), ...at });
    return {
      query: async (sql, values) => (await connection.query(sql, values))[0],
      execute: async (sql, values) => (await connection.execute(sql, values))[0],
      batch: async (sql, rows) => (await connection.query(sql.replace('(?, ?)', '?'), [rows]))[0],
      changeUser: (user) => connection.changeUser(user),
      reset: () => connection.reset(),
      ping: () => connection.ping(),
      end: () => connection.end(),
    };
  }
  return require('mariadb').createConnection({ permitLocalInfile: !at.pipelining, ...at });
}

async function fails(act) {
  try {
    await act();
  } catch (e) {
    console.log('failed', e.errno, e.sqlState);
    return;
  }
  throw new Error('did not fail');
}

function told(result) {
  console.log(Array.isArray(result) ? `rows ${result.length}` : `affected ${result.affectedRows}`);
}

const doing = {
  async text(connection) {
    for (let i = 1; i <= 5; i++) {
      told(await connection.query(`INSERT INTO orders VALUES (${i}, 'name')`));
    }
    await fails(() => connection.query("INSERT INTO orders VALUES (1, 'again')"));
    await fails(() => connection.query('SELECT * FROM nothing_like_it'));
    told(await connection.query('SELECT id FROM numbered'));
    told(await connection.query("UPDATE orders SET name = 'other'"));
    told(await connection.query('DELETE FROM orders'));
  },
  async prepared(connection) {
    for (let i = 1; i <= 5; i++) {
      told(await connection.execute('INSERT INTO orders VALUES (?, ?)', [i, 'name']));
    }
    await fails(() => connection.execute('INSERT INTO orders VALUES (?, ?)', [1, 'again']));
    await fails(() => connection.execute('SELECT * FROM nothing_like_it WHERE id = ?', [1]));
    for (let i = 1; i <= 3; i++) {
      told(await connection.execute('SELECT id FROM numbered WHERE id <= ?', [i * 5]));
    }
    told(await connection.execute('DELETE FROM orders WHERE id >= ?', [1]));
  },
  /** Several at once, each of which waits for no answer where the driver can. */
  async pipelined(connection) {
    const answers = await Promise.allSettled(
      ['SELECT 1', 'SELECT id FROM numbered', 'SELECT * FROM nothing_like_it', 'SELECT 2'].map((sql) => connection.query(sql)),
    );
    console.log(answers.map((answer) => answer.status).join(' '));
  },
  async batch(connection) {
    const rows = [];
    for (let i = 101; i <= 110; i++) {
      rows.push([i, `name ${i}`]);
    }
    told(await connection.batch('INSERT INTO orders VALUES (?, ?)', rows));
    told(await connection.query('DELETE FROM orders'));
  },
  async results(connection) {
    const found = await connection.query("SELECT id FROM numbered; INSERT INTO orders VALUES (300, 'one'); DELETE FROM orders; SELECT 1");
    console.log('results', found.length);
    console.log('results', (await connection.query('CALL twice()')).length);
  },
  async user(connection) {
    await connection.changeUser({ user: 'other', password: 'secret2', database: 'shop' });
    told(await connection.query('SELECT CURRENT_USER()'));
  },
  async reset(connection) {
    await connection.ping();
    await connection.reset();
    await connection.ping();
  },
  async file(connection, name) {
    told(await connection.query({ sql: `LOAD DATA LOCAL INFILE '${name}' INTO TABLE orders`, infileStreamFactory: () => require('fs').createReadStream(name) }));
    told(await connection.query('DELETE FROM orders'));
  },
  /** A text of so many bytes, there and back. */
  large: (connection, size) => large(connection, size, 'text'),
  /** A text of so many bytes, of which only the length comes back. */
  there: (connection, size) => large(connection, size, 'LENGTH(text)'),
};

async function large(connection, size, back) {
  told(await connection.query('INSERT INTO texts VALUES (2, ?)', ['x'.repeat(Number(size))]));
  told(await connection.query(`SELECT ${back} FROM texts`));
  told(await connection.query('DELETE FROM texts'));
}

async function main() {
  const connection = await connect();
  for (const step of steps) {
    const [name, argument] = step.split(/:(.*)/s);
    await doing[name](connection, argument);
    console.log('done', step);
  }
  await connection.end();
  console.log('closed');
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
