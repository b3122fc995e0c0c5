// Ordinary business through node-postgres: what comes back must be right. Argument: a DSN that reveals.
const assert = require("assert");
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");

async function main() {
  const connectionString = process.argv[2].replace(/\?sslmode=.*/, "");
  const client = new Client({ connectionString });
  await client.connect();
  const values = await client.query("SELECT $1::int AS n, $2::text AS t, $3::jsonb AS j", [7, "ü", { a: 1 }]);
  assert.deepStrictEqual(values.rows, [{ n: 7, t: "ü", j: { a: 1 } }]);
  for (let n = 1; n < 8; n++) {
    const found = await client.query({ name: "by-id", text: "SELECT sku FROM products WHERE id = $1", values: [n] });
    assert.strictEqual(found.rows[0].sku, `SKU-${1000 + n}`);
  }
  const several = await client.query("SELECT 1 AS a; SELECT 2 AS b");
  assert.deepStrictEqual(several.map((one) => one.rows[0]), [{ a: 1 }, { b: 2 }]);
  await client.query("BEGIN");
  await client.query("INSERT INTO products (sku, title, price, stock) VALUES ('JS-1', 't', 1, 1)");
  await assert.rejects(client.query("SELECT 1 / 0"), { code: "22012" });
  await assert.rejects(client.query("SELECT 1"), { code: "25P02" });
  await client.query("ROLLBACK");
  assert.strictEqual((await client.query("SELECT 1 FROM products WHERE sku = 'JS-1'")).rowCount, 0);
  await assert.rejects(client.query("SELECT no_such_column FROM products"), { code: "42703" });
  const cursor = client.query(new Cursor("SELECT generate_series(1, 1000) AS n"));
  let count = 0;
  for (let rows = await cursor.read(99); rows.length > 0; rows = await cursor.read(99)) count += rows.length;
  assert.strictEqual(count, 1000);
  await cursor.close();
  const early = client.query(new Cursor("SELECT generate_series(1, 1000) AS n"));
  assert.strictEqual((await early.read(10)).length, 10);
  await early.close();
  let sum = 0;
  for await (const row of client.query(new QueryStream("SELECT generate_series(1, 500) AS n"))) sum += row.n;
  assert.strictEqual(sum, 125250);
  const heard = new Promise((resolve) => client.once("notification", resolve));
  await client.query("LISTEN news");
  await client.query("NOTIFY news, 'hello'");
  assert.strictEqual((await heard).payload, "hello");
  await client.end();
  const pool = new Pool({ connectionString, max: 4 });
  const found = await Promise.all([...Array(40).keys()].map((n) => pool.query("SELECT $1::int AS n", [n])));
  assert.deepStrictEqual(found.map((one) => one.rows[0].n), [...Array(40).keys()]);
  await pool.end();
  console.log("done");
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
