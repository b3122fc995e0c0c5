// Stand-ins as parameters through node-postgres: each finds the row it was shown for, and a real value finds nothing.
// Arguments: a DSN that masks, and one past the gateway.
const assert = require("assert");
const { Client } = require("pg");

const COLUMNS = ["email", "phone", "card_number", "ip_address"];

async function rows(dsn) {
  const client = new Client({ connectionString: dsn.replace(/\?sslmode=.*/, "") });
  await client.connect();
  const { rows } = await client.query(`SELECT id, ${COLUMNS.join(", ")} FROM customers WHERE id IN (83, 84) ORDER BY id`);
  return { client, rows };
}

async function main() {
  const { client, rows: shown } = await rows(process.argv[2]);
  const { client: direct, rows: real } = await rows(process.argv[3]);
  await direct.end();
  const ids = (found) => found.rows.map((row) => row.id);
  for (const column of COLUMNS) {
    for (const name of [undefined, `by-${column}`, `by-${column}`]) {
      const one = (value) => client.query({ name, text: `SELECT id FROM customers WHERE ${column} = $1 AND id IN (83, 84)`, values: [value] });
      assert.deepStrictEqual(ids(await one(shown[0][column])), ["83"], column);
      assert.deepStrictEqual(ids(await one(real[0][column])), [], column);
      const binary = await client.query({ text: `SELECT id::text FROM customers WHERE ${column} = $1 AND id IN (83, 84)`, values: [shown[1][column]], binary: true });
      assert.deepStrictEqual(binary.rows.length, 1, column);
    }
    const many = `SELECT id FROM customers WHERE ${column} = ANY($1) AND id IN (83, 84) ORDER BY id`;
    assert.deepStrictEqual(ids(await client.query(many, [[shown[0][column], shown[1][column]]])), ["83", "84"], column);
    assert.deepStrictEqual(ids(await client.query(many, [[real[0][column]]])), [], column);
  }
  await client.end();
  console.log("done");
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
