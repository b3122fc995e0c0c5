"""Ordinary business through asyncpg: what comes back must be right. Argument: a DSN that reveals."""
import asyncio
import io
import sys

import asyncpg


def check(name, found, wanted):
    assert found == wanted, f"{name}: {found!r} is not {wanted!r}"


async def main():
    dsn = sys.argv[1].replace("sslmode=require", "sslmode=disable")
    c = await asyncpg.connect(dsn)
    check("values", tuple(await c.fetchrow("SELECT $1::int, $2::text", 7, "ü")), (7, "ü"))
    if "arrays" in sys.argv:
        check("arrays", await c.fetchval("SELECT $1::int[]", [1, 2]), [1, 2])
    prepared = await c.prepare("SELECT sku FROM products WHERE id = $1")
    for n in range(1, 10):
        check("prepared", await prepared.fetchval(n), f"SKU-{1000 + n}")
    check("types", [one.type.name for one in prepared.get_attributes()], ["text"])
    await c.executemany("INSERT INTO products (sku, title, price, stock) VALUES ($1, 't', 2, $2)", [(f"AS-{n}", n) for n in range(20)])
    async with c.transaction():
        await c.execute("UPDATE products SET stock = 500 WHERE sku = 'AS-1'")
        try:
            async with c.transaction():
                await c.execute("UPDATE products SET stock = 600 WHERE sku = 'AS-1'")
                await c.execute("SELECT 1 / 0")
        except asyncpg.DivisionByZeroError:
            pass
        rows = [row["n"] async for row in c.cursor("SELECT generate_series(1, 300) AS n", prefetch=50)]
        check("cursor", rows, list(range(1, 301)))
    check("savepoint", await c.fetchval("SELECT stock FROM products WHERE sku = 'AS-1'"), 500)
    if "copy" in sys.argv:
        await c.copy_records_to_table("products", records=[(f"AC-{n}", "t", 1, n) for n in range(30)], columns=["sku", "title", "price", "stock"])
        out = io.BytesIO()
        await c.copy_from_query("SELECT sku FROM products WHERE sku LIKE 'AC-%' ORDER BY id", output=out)
        check("copied", out.getvalue().decode().split(), [f"AC-{n}" for n in range(30)])
    try:
        await c.fetch("SELECT no_such_column FROM products")
        raise SystemExit("an unknown column went through")
    except asyncpg.UndefinedColumnError:
        pass
    try:
        await c.fetch("SELECT pg_sleep(30)", timeout=0.5)
        raise SystemExit("it was not cancelled")
    except asyncio.TimeoutError:
        pass
    check("after a cancel", await c.fetchval("SELECT 2"), 2)
    await c.close()
    pool = await asyncpg.create_pool(dsn, min_size=2, max_size=4)
    found = await asyncio.gather(*(pool.fetchval("SELECT $1::int", n) for n in range(50)))
    check("a pool, with its reset", found, list(range(50)))
    await pool.close()
    print("done")


asyncio.run(main())
