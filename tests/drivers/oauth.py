"""libpq 18 signs in by OAUTHBEARER: its own protocol code, with a token from a hook, as psql's
device flow would give it (the flow itself is here, since libpq's lives in a package of its own).

    oauth.py ISSUER HOST PORT USER SQL    prints the address to open, then what the statement gave
    OAUTH_TOKEN=…                         shows that token and asks nobody
"""
import ctypes
import glob
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import psycopg  # first: the other one asks for it
import psycopg_binary

issuer, host, port, user, sql = sys.argv[1:]
CLIENT, RESOURCE = "portcullis", "urn:portcullis:db"


def ask(path, **fields):
    data = urllib.parse.urlencode({"client_id": CLIENT, **fields}).encode()
    try:
        with urllib.request.urlopen(issuer + path, data) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as fault:
        return json.load(fault)


def token():
    asked = ask("/device/auth", scope="openid db", resource=RESOURCE)
    print("open", asked["verification_uri_complete"], file=sys.stderr, flush=True)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    for _ in range(60):
        time.sleep(0.5)
        given = ask("/token", grant_type=grant, device_code=asked["device_code"], resource=RESOURCE)
        if "access_token" in given:
            return given["access_token"]
    raise SystemExit(f"no token: {given}")


class Request(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("openid_configuration", "scope")] + [
        ("poll", ctypes.c_void_p), ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p), ("user", ctypes.c_void_p),
    ]


shown = (os.environ.get("OAUTH_TOKEN") or token()).encode()
folder = os.path.join(os.path.dirname(psycopg_binary.__file__), "..", "psycopg_binary.libs")
libpq = ctypes.CDLL(glob.glob(os.path.join(folder, "libpq-*.so*"))[0])
HOOK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
BEARER_TOKEN = 1


@HOOK
def hook(kind, _connection, data):
    if kind != BEARER_TOKEN:
        return 0
    request = ctypes.cast(data, ctypes.POINTER(Request)).contents
    print("asked for a token of", request.openid_configuration.decode(), flush=True)
    request.token = shown
    return 1


libpq.PQsetAuthDataHook(hook)
libpq.PQconnectdb.restype = ctypes.c_void_p
libpq.PQexec.restype = ctypes.c_void_p
for name in ("PQerrorMessage", "PQgetvalue"):
    getattr(libpq, name).restype = ctypes.c_char_p
# A provider in clear text, on this machine: libpq has a word for that.
os.environ["PGOAUTHDEBUG"] = "UNSAFE"
connection = ctypes.c_void_p(libpq.PQconnectdb(
    f"host={host} port={port} dbname=shop user={user} sslmode=require require_auth=oauth "
    f"oauth_issuer={issuer} oauth_client_id={CLIENT}".encode()))
if libpq.PQstatus(connection) != 0:
    raise SystemExit(libpq.PQerrorMessage(connection).decode())
result = ctypes.c_void_p(libpq.PQexec(connection, sql.encode()))
value = libpq.PQgetvalue(result, 0, 0) if libpq.PQntuples(result) else None
print(value.decode() if value else libpq.PQerrorMessage(connection).decode())
