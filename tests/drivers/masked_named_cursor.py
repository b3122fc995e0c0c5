"""Reads classified columns by psycopg's server-side cursors, and prints them."""
import sys

import psycopg

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    with connection.transaction(), connection.cursor(name="server_side", binary=True) as cursor:
        cursor.execute("SELECT email, card_number, ip_address, birth_date FROM customers")
        cursor.itersize = 100
        for row in cursor:
            print(row)
