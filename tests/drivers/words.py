"""What a driver reads of a refusal and of an explanation, as one JSON object.

The DSN of an agent is the only argument.
"""
import json
import sys

import psycopg

said = {"notices": []}


def refused(connection, sql, parameters=None):
    try:
        connection.execute(sql, parameters)
    except psycopg.Error as fault:
        diag = fault.diag
        return {
            "sqlstate": diag.sqlstate,
            "message": diag.message_primary,
            "detail": diag.message_detail,
            "hint": diag.message_hint,
        }
    return None


with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    said["people"] = refused(connection, "DROP TABLE payments")
    connection.execute("SET portcullis.refusals = json")
    said["setting"] = connection.execute("SHOW portcullis.refusals").fetchone()[0]
    said["programs"] = refused(connection, "DROP TABLE payments")
    said["bound"] = refused(connection, "TRUNCATE payments")
    # Prepared, described and executed in messages of their own, with parameters.
    ask = "EXPLAIN (PORTCULLIS, FORMAT JSON) SELECT id, email FROM customers WHERE id = %s"
    for _ in range(3):
        cursor = connection.execute(ask, (7,), prepare=True)
    said["columns"] = [column.name for column in cursor.description]
    said["explained"] = json.loads(cursor.fetchone()[0])
    connection.execute("RESET ALL")
    said["reset"] = connection.execute("SHOW portcullis.refusals").fetchone()[0]

# In a failed transaction it says so, like the server would.
with psycopg.connect(sys.argv[1]) as connection:
    said["failed_by"] = refused(connection, "SELECT 1/0")
    said["in_failed"] = refused(connection, "EXPLAIN PORTCULLIS SELECT 1")
    connection.rollback()
    said["after"] = len(connection.execute("EXPLAIN PORTCULLIS SELECT 1").fetchall()) > 2

# At start-up, and in an asynchronous client's unnamed statement.
with psycopg.connect(
    sys.argv[1], autocommit=True, options="-c portcullis.refusals=json -c portcullis.intent=tidy"
) as connection:
    said["intent"] = connection.execute("SHOW portcullis.intent").fetchone()[0]
    said["started"] = refused(connection, "DROP TABLE payments")

print(json.dumps(said))
