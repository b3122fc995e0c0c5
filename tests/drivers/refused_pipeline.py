"""A refusal in libpq's pipeline mode: what PostgreSQL would have undone is undone."""
import sys

import psycopg

ONE = "UPDATE customers SET points = points + 1 WHERE id = 3"
NO = "DROP TABLE payments"


def points():
    with psycopg.connect(sys.argv[2]) as direct:
        return direct.execute("SELECT points FROM customers WHERE id = 3").fetchone()[0]


before = points()
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    try:
        with connection.pipeline():
            connection.execute(ONE)
            connection.execute(NO)
            connection.execute(ONE)
        raise SystemExit("the pipeline went through")
    except psycopg.errors.InsufficientPrivilege as fault:
        assert "refused in production" in str(fault), fault
    assert points() == before, "a pipeline with one Sync is undone"
    assert connection.execute("SELECT 1").fetchone() == (1,)

with psycopg.connect(sys.argv[1]) as connection:
    try:
        with connection.pipeline() as pipeline:
            connection.execute(ONE)
            pipeline.sync()
            connection.execute(NO)
            pipeline.sync()
        raise SystemExit("the pipeline went through")
    except psycopg.errors.InsufficientPrivilege:
        pass
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    connection.commit()
    assert points() == before, "a failed transaction is undone"
    connection.execute(ONE)
    connection.commit()
assert points() == before + 1
