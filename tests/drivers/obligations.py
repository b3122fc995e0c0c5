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
    # Inside a transaction only what goes over is undone, and the transaction goes on.
    cur.execute("UPDATE noted_py SET v = v + 1")
    assert over(cur, "UPDATE many SET v = v") == "54000"
    assert c.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    cur.execute("UPDATE noted_py SET v = v + 1 RETURNING v")
    seen = cur.fetchone()
    c.commit()
    cur.execute("SELECT v FROM noted_py")
    assert cur.fetchone() == seen
    cur.execute("UPDATE noted_py SET v = 0")
    c.commit()
    with c.transaction():
        cur.execute("DECLARE walk CURSOR FOR SELECT id FROM many ORDER BY id")
        cur.execute("FETCH 2 FROM walk")
        try:
            with c.transaction():
                cur.execute("UPDATE many SET v = v WHERE CURRENT OF walk")
                cur.execute("UPDATE many SET v = v")
            raise SystemExit("changed too much")
        except psycopg.Error as e:
            assert e.sqlstate == "54000", e
        assert over(cur, "DELETE FROM child") == "54000"
        cur.execute("FETCH 1 FROM walk")
        assert cur.fetchone() == (3,)
    with c.pipeline() as pipe, c.transaction():
        cur.execute("UPDATE noted_py SET v = 5")
        pipe.sync()
        try:
            with c.transaction():
                cur.execute("UPDATE many SET v = v")
                pipe.sync()
            raise SystemExit("changed too much")
        except psycopg.Error as e:
            assert e.sqlstate == "54000", e
        pipe.sync()
        cur.execute("SELECT v FROM noted_py")
        assert cur.fetchone() == (5,)
    cur.execute("UPDATE noted_py SET v = 0")
    c.commit()
    cur.executemany("UPDATE many SET v = v WHERE id = %s", [(n,) for n in range(1, 40)])
    c.commit()
    with c.pipeline():
        for n in range(1, 9):
            cur.execute("UPDATE many SET v = v WHERE id = %s", (n,))
    c.commit()
    with cur.copy("COPY copied FROM STDIN") as copy:
        for n in range(5):
            copy.write_row((n,))
    c.commit()
    try:
        with cur.copy("COPY copied FROM STDIN") as copy:
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
        with cur.copy("COPY copied FROM STDIN") as copy:
            for n in range(50):
                copy.write_row((n,))
        raise SystemExit("copied too much")
    except psycopg.Error as e:
        assert e.sqlstate == "54000", e
    cur.execute("SELECT count(*) FROM child")
    assert cur.fetchone() == (50,)
    cur.execute("DELETE FROM copied WHERE ctid IN (SELECT ctid FROM copied LIMIT 5)")
    assert cur.rowcount == 5
