"""Writes within and over @limit_changes(5) through psycopg 3. Argument: a DSN it applies to."""
import sys

import psycopg

DSN = sys.argv[1]


def over(cur, sql):
    try:
        cur.execute(sql)
    except psycopg.Error as e:
        return e.sqlstate
    return "passed"


with psycopg.connect(DSN) as c:
    cur = c.cursor()
    cur.execute("UPDATE many SET v = v WHERE id <= 5")
    assert cur.rowcount == 5, cur.rowcount
    c.commit()
    assert over(cur, "UPDATE many SET v = v") == "54000"
    c.rollback()
    cur.executemany("UPDATE many SET v = v WHERE id = %s", [(n,) for n in range(1, 40)])
    c.commit()
    with c.pipeline():
        for n in range(1, 9):
            cur.execute("UPDATE many SET v = v WHERE id = %s", (n,))
    c.commit()
    with cur.copy("COPY noted FROM STDIN") as copy:
        for n in range(5):
            copy.write_row((n,))
    c.commit()
    try:
        with cur.copy("COPY noted FROM STDIN") as copy:
            for n in range(50):
                copy.write_row((n,))
        raise SystemExit("copied too much")
    except psycopg.Error as e:
        assert e.sqlstate == "54000", e
    c.rollback()
with psycopg.connect(DSN, autocommit=True) as c:
    cur = c.cursor()
    assert over(cur, "DELETE FROM child") == "54000"
    assert over(cur, "UPDATE many SET v = v WHERE id = 1") == "passed"
    try:
        with cur.copy("COPY noted FROM STDIN") as copy:
            for n in range(50):
                copy.write_row((n,))
        raise SystemExit("copied too much")
    except psycopg.Error as e:
        assert e.sqlstate == "54000", e
    cur.execute("SELECT count(*) FROM child")
    assert cur.fetchone() == (50,)
    cur.execute("DELETE FROM noted WHERE ctid IN (SELECT ctid FROM noted LIMIT 5)")
    assert cur.rowcount == 5
