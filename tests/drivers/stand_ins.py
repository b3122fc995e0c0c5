"""Stand-ins as parameters, text and binary, of each type: each finds the row it was shown for, and a real value finds
nothing. Arguments: a DSN that masks, and one past the gateway."""
import asyncio
import sys

import asyncpg
import psycopg

COLUMNS = {
    "email": "text",
    "phone": "text",
    "card_number": "text",
    "birth_date": "date",
    "ip_address": "inet",
}


def check(name, found, wanted):
    assert found == wanted, f"{name}: {found!r} is not {wanted!r}"


def rows(dsn):
    with psycopg.connect(dsn) as c:
        return c.execute(f"SELECT id, {', '.join(COLUMNS)} FROM customers WHERE id IN (81, 82) ORDER BY id").fetchall()


def by_psycopg(dsn, shown, real):
    with psycopg.connect(dsn) as c:
        for at, (column, kind) in enumerate(COLUMNS.items(), 1):
            for mark in ("%s", "%b", "%t"):
                one = f"SELECT id FROM customers WHERE {column} = {mark} AND id IN (81, 82)"
                value = shown[0][at]
                if mark == "%b" and kind == "inet":
                    continue
                check(f"{one} of {value}", c.execute(one, [value]).fetchall(), [(81,)])
                check(f"{one} of a real value", c.execute(one, [real[0][at]]).fetchall(), [])
                check(f"{one} of NULL", c.execute(one, [None]).fetchall(), [])
                if mark == "%t" and kind == "date":
                    continue
                many = f"SELECT id FROM customers WHERE {column} = ANY({mark}::{kind}[]) AND id IN (81, 82) ORDER BY id"
                if kind != "inet":
                    check(many, c.execute(many, [[shown[0][at], shown[1][at]]]).fetchall(), [(81,), (82,)])
                    check(many, c.execute(many, [[real[0][at], real[1][at]]]).fetchall(), [])
        many = "SELECT id FROM customers WHERE email IN (%s, %s) AND id IN (81, 82) ORDER BY id"
        for _ in range(8):  # From the sixth on it is prepared.
            check(many, c.execute(many, [shown[0][1], shown[1][1]]).fetchall(), [(81,), (82,)])
        try:
            c.execute("SELECT id, %(e)s FROM customers WHERE email = %(e)s", {"e": shown[0][1]})
            raise SystemExit("a parameter shown and compared went through")
        except psycopg.errors.InsufficientPrivilege as fault:
            assert real[0][1] not in str(fault), fault
        c.rollback()
        none = "SELECT id FROM customers WHERE (%(e)s::text IS NULL OR email = %(e)s::text) AND id = 81"
        check(none, c.execute(none, {"e": shown[0][1]}).fetchall(), [(81,)])
        check(none, c.execute(none, {"e": None}).fetchall(), [(81,)])
        check(none, c.execute(none, {"e": real[0][1]}).fetchall(), [])
        cursor = psycopg.ClientCursor(c)
        check("ClientCursor", cursor.execute("SELECT id FROM customers WHERE email = %s", [shown[0][1]]).fetchall(), [(81,)])
        with c.cursor(name="served") as served:
            served.execute("SELECT id FROM customers WHERE email = %s", [shown[0][1]])
            check("a server's cursor", served.fetchall(), [(81,)])


def saved_again(dsn, direct):
    """What an ORM does: read a row, change a field, write it back."""
    with psycopg.connect(dsn) as c:
        for mark in ("%s", "%b", "%t"):
            email, points = c.execute("SELECT email, points FROM customers WHERE id = 85").fetchone()
            save = f"UPDATE customers SET email = {mark}, points = %s WHERE id = %s"
            check(save, c.execute(save, [email, points + 1, 85]).rowcount, 1)
        c.commit()
        for column, mark in (("phone", "%s"), ("full_name", "%b"), ("birth_date", "%b")):
            (shown,) = c.execute(f"SELECT {column} FROM customers WHERE id = 85").fetchone()
            try:
                c.execute(f"UPDATE customers SET {column} = {mark} WHERE id = 85", [shown])
                raise SystemExit(f"a stand-in was stored in {column}")
            except psycopg.errors.InsufficientPrivilege:
                c.rollback()


async def by_asyncpg(dsn, shown, real):
    c = await asyncpg.connect(dsn.replace("sslmode=require", "sslmode=disable"))
    for at, column in enumerate(COLUMNS, 1):
        one = await c.prepare(f"SELECT id FROM customers WHERE {column} = $1 AND id IN (81, 82)")
        many = await c.prepare(f"SELECT id FROM customers WHERE {column} = ANY($1) AND id IN (81, 82) ORDER BY id")
        check(column, [r["id"] for r in await one.fetch(shown[0][at])], [81])
        check(column, [r["id"] for r in await one.fetch(real[0][at])], [])
        check(column, [r["id"] for r in await many.fetch([shown[0][at], shown[1][at]])], [81, 82])
        check(column, [r["id"] for r in await many.fetch([real[0][at], real[1][at]])], [])
    await c.close()


dsn, direct = sys.argv[1:3]
shown, real = rows(dsn), rows(direct)
by_psycopg(dsn, shown, real)
asyncio.run(by_asyncpg(dsn, shown, real))
of = "SELECT email, phone, full_name, birth_date, points FROM customers WHERE id = 85"
with psycopg.connect(direct) as c:
    before = c.execute(of).fetchone()
saved_again(dsn, direct)
with psycopg.connect(direct) as c:
    after = c.execute(of).fetchone()
check("a row read and written back", after, before[:4] + (before[4] + 3,))
print("done")
