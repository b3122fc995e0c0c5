"""Reads classified columns every way psycopg 3 knows, and prints what it got, raw."""
import sys

import psycopg

STATEMENT = "SELECT * FROM customers WHERE id > %s"


def tell(row):
    print([cell.decode("latin-1") if isinstance(cell, (bytes, memoryview)) else cell for cell in row])


with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    for binary in (False, True):
        with connection.cursor(binary=binary) as cursor:
            for row in cursor.execute(STATEMENT, (0,)):
                tell(row)
        # Prepared: the same text beyond the threshold.
        for turn in range(8):
            with connection.cursor(binary=binary) as cursor:
                for row in cursor.execute("SELECT email, full_name FROM customers WHERE id = %s", (1 + turn % 2,)):
                    tell(row)
    with connection.pipeline():
        cursors = [connection.execute("SELECT email, phone FROM customers WHERE id = %s", (n,)) for n in range(1, 20)]
        for cursor in cursors:
            tell(cursor.fetchone())
    for form in ("text", "binary", "csv"):
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY (SELECT * FROM customers) TO STDOUT (FORMAT {form})") as copy:
                for block in copy:
                    print(bytes(block).decode("latin-1"))
    for text in ("SELECT email::int FROM customers", "SELECT * FROM customers WHERE email::int = %s"):
        try:
            connection.execute(text, (1,) if "%s" in text else None)
        except psycopg.Error as fault:
            print(fault, fault.diag.message_detail, fault.diag.context, fault.diag.column_name)
