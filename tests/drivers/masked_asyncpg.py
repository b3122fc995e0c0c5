"""Reads classified columns through asyncpg (binary, prepared, cursors, COPY) and prints them."""
import asyncio
import io
import sys

import asyncpg


async def main():
    connection = await asyncpg.connect(sys.argv[1].replace("sslmode=require", "sslmode=disable"))
    for row in await connection.fetch("SELECT * FROM customers WHERE id > $1", 0):
        print(tuple(row))
    prepared = await connection.prepare("SELECT email, full_name, ip_address FROM customers WHERE id = $1")
    for number in range(1, 10):
        print(tuple(await prepared.fetchrow(number)))
    async with connection.transaction():
        async for row in connection.cursor("SELECT email, card_number FROM customers", prefetch=50):
            print(tuple(row))
    for form in ("text", "binary"):
        buffer = io.BytesIO()
        await connection.copy_from_query("SELECT * FROM customers", output=buffer, format=form)
        print(buffer.getvalue().decode("latin-1"))
    try:
        await connection.fetch("SELECT email::int FROM customers")
    except asyncpg.PostgresError as fault:
        print(fault, fault.as_dict())
    await connection.close()


asyncio.run(main())
