// Reads classified columns through node-postgres (text, binary, cursor) and prints them.
const { Client } = require("pg");
const Cursor = require("pg-cursor");

async function main() {
  const connectionString = process.argv[2].replace(/\?sslmode=.*/, "");
  const client = new Client({ connectionString });
  await client.connect();
  for (const binary of [false, true]) {
    const wanted = { text: "SELECT * FROM customers WHERE id > $1", values: [0], binary };
    for (const row of (await client.query(wanted)).rows) {
      console.log(Object.values(row).map((cell) => (Buffer.isBuffer(cell) ? cell.toString("latin1") : cell)).join("|"));
    }
  }
  const cursor = client.query(new Cursor("SELECT email, full_name FROM customers"));
  for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100)) {
    rows.forEach((row) => console.log(row.email, row.full_name));
  }
  await cursor.close();
  const failed = await client.query("SELECT email::int FROM customers").catch((fault) => fault);
  console.log(JSON.stringify(failed), failed.message);
  await client.end();
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
