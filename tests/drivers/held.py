"""An unbounded UPDATE with a parameter: psycopg waits until a reviewer has answered."""
import sys

import psycopg

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    notices = []
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    cursor = connection.execute("UPDATE order_items SET quantity = %s", (7,))
    assert cursor.rowcount == 10000, cursor.rowcount
    assert any("held for review" in notice for notice in notices), notices
