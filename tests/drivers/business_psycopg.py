"""Ordinary business through psycopg 3: what comes back must be right. Argument: a DSN that reveals."""
import datetime
import decimal
import sys
import threading
import time

import psycopg
from psycopg import pq

DSN = sys.argv[1]
# Of its own, so that two runs do not meet.
SKU = sys.argv[2] if len(sys.argv) > 2 else "PY"


def check(name, found, wanted):
    assert found == wanted, f"{name}: {found!r} is not {wanted!r}"


with psycopg.connect(DSN, autocommit=True) as c:
    for binary in (False, True):
        cursor = c.cursor(binary=binary)
        row = cursor.execute(
            "SELECT %s::int, %s::text, %s::numeric, %s::date, %s::bool, %s::bytea, %s::int[], NULL",
            (7, "ü", decimal.Decimal("1.50"), datetime.date(2024, 2, 29), True, b"\x00\xff", [1, 2]),
        ).fetchone()
        check("values", row, (7, "ü", decimal.Decimal("1.50"), datetime.date(2024, 2, 29), True, b"\x00\xff", [1, 2], None))
    # Prepared beyond the threshold.
    for n in range(12):
        check("prepared", c.execute("SELECT sku FROM products WHERE id = %s", (n % 3 + 1,)).fetchone(), (f"SKU-{1001 + n % 3}",))
    prepared = c.execute("SELECT 1", prepare=True).fetchone()
    check("prepare=True", prepared, (1,))
    cursor = c.cursor()
    cursor.executemany("INSERT INTO products (sku, title, price, stock) VALUES (%s, %s, %s, %s)", [(f"{SKU}-{n}", "t", 2, n) for n in range(20)])
    check("executemany", cursor.rowcount, 20)
    # Transactions, savepoints and errors.
    with c.transaction():
        c.execute("UPDATE products SET stock = 500 WHERE sku = %s", (f"{SKU}-1",))
        try:
            with c.transaction():
                c.execute("UPDATE products SET stock = 600 WHERE sku = %s", (f"{SKU}-1",))
                c.execute("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            pass
    check("savepoint", c.execute(f"SELECT stock FROM products WHERE sku = '{SKU}-1'").fetchone(), (500,))
    try:
        c.execute(f"INSERT INTO products (sku, title, price, stock) VALUES ('{SKU}-1', 't', 1, 1)")
        raise SystemExit("a unique violation went through")
    except psycopg.errors.UniqueViolation as fault:
        check("constraint", fault.diag.constraint_name, "products_sku_key")
    # Pipeline mode of libpq.
    with c.pipeline() as pipeline:
        found = [c.execute("SELECT %s::int * 2", (n,)) for n in range(100)]
        pipeline.sync()
        check("pipeline", [one.fetchone()[0] for one in found], [n * 2 for n in range(100)])
    try:
        with c.pipeline():
            c.execute(f"UPDATE products SET stock = 700 WHERE sku = '{SKU}-2'")
            c.execute("SELECT 1 / 0")
            c.execute("SELECT 1")
    except psycopg.errors.DivisionByZero:
        pass
    check("a failed pipeline", c.execute(f"SELECT stock FROM products WHERE sku = '{SKU}-2'").fetchone(), (2,))
    # COPY in and out, text and binary.
    with c.cursor() as cursor:
        with cursor.copy("COPY products (sku, title, price, stock) FROM STDIN") as copy:
            for n in range(50):
                copy.write_row((f"{SKU}-T{n}", "a\tb\\", 3, n))
        with cursor.copy("COPY products (sku, title, price, stock) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["text", "text", "numeric", "int4"])
            for n in range(50):
                copy.write_row((f"{SKU}-B{n}", "b", decimal.Decimal(4), n))
        for form in ("text", "binary"):
            with cursor.copy(f"COPY (SELECT sku, title, stock FROM products WHERE sku ~ '^{SKU}-[TB]' ORDER BY id) TO STDOUT (FORMAT {form})") as copy:
                copy.set_types(["text", "text", "int4"])
                rows = list(copy.rows())
            check("copied " + form, (len(rows), rows[1], rows[99]), (100, (f"{SKU}-T1", "a\tb\\", 1), (f"{SKU}-B49", "b", 49)))
        try:
            with cursor.copy("COPY products (sku) FROM STDIN") as copy:
                raise ValueError("the client gives up")
        except (ValueError, psycopg.Error):
            pass
    check("after a failed copy", c.execute("SELECT 1").fetchone(), (1,))
    # Cancel from another thread.
    threading.Timer(0.5, c.cancel).start()
    try:
        c.execute("SELECT pg_sleep(30)")
        raise SystemExit("it was not cancelled")
    except psycopg.errors.QueryCanceled:
        pass
    check("after a cancel", c.execute("SELECT 2").fetchone(), (2,))
    check("rows", len(c.execute("SELECT generate_series(1, 100000)").fetchall()), 100000)
    for row in c.cursor().stream("SELECT generate_series(1, 500)"):
        last = row
    check("single rows", last, (500,))

with psycopg.connect(DSN) as c:
    c.execute(f"UPDATE products SET stock = 900 WHERE sku = '{SKU}-3'")
    c.rollback()
    check("rolled back", c.execute(f"SELECT stock FROM products WHERE sku = '{SKU}-3'").fetchone(), (3,))
    try:
        c.execute("SELECT no_such_column FROM products")
    except psycopg.errors.UndefinedColumn:
        pass
    check("failed", c.info.transaction_status, pq.TransactionStatus.INERROR)
print("done")
