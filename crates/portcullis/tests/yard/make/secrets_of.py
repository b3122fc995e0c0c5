"""Secrets of vendors, tokens, hashes and keys: right in structure, never given out.

Each prefix is written in two halves, so that a scanner of a hosting site finds no secret here.
"""
import base64
import json

LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
ALNUM = LOWER + UPPER + DIGITS
URL = ALNUM + "-_"
HEX = "0123456789abcdef"
B64 = ALNUM + "+/"

# vendor: (parts); a part is a text or (length, alphabet).
VENDORS = {
    "aws": ["AK", "IA", (16, UPPER + "234567")],
    "aws_secret": [(40, B64)],
    "github": ["gh", "p_", (36, ALNUM)],
    "github_app": ["gh", "s_", (36, ALNUM)],
    "github_fine": ["github", "_pat_", (22, ALNUM), "_", (59, ALNUM)],
    "gitlab": ["gl", "pat-", (20, URL)],
    "stripe": ["sk", "_live_", (24, ALNUM)],
    "stripe_restricted": ["rk", "_live_", (24, ALNUM)],
    "stripe_hook": ["wh", "sec_", (32, ALNUM)],
    "slack_bot": ["xo", "xb-", (12, DIGITS), "-", (12, DIGITS), "-", (24, ALNUM)],
    "slack_user": ["xo", "xp-", (12, DIGITS), "-", (12, DIGITS), "-", (12, DIGITS), "-",
                   (32, HEX)],
    "slack_hook": ["https://hooks.sl", "ack.com/services/T", (8, UPPER + DIGITS), "/B",
                   (8, UPPER + DIGITS), "/", (24, ALNUM)],
    "google": ["AI", "za", (35, URL)],
    "google_oauth": ["GOC", "SPX-", (28, URL)],
    "openai": ["sk-", "proj-", (48, ALNUM)],
    "anthropic": ["sk-", "ant-api03-", (93, URL), "AA"],
    "twilio": ["S", "K", (32, HEX)],
    "sendgrid": ["S", "G.", (22, URL), ".", (43, URL)],
    "mailgun": ["ke", "y-", (32, HEX)],
    "mailchimp": [(32, HEX), "-us", (2, "12")],
    "npm": ["np", "m_", (36, ALNUM)],
    "pypi": ["py", "pi-AgEIcHlwaS5vcmc", (60, URL)],
    "digitalocean": ["do", "p_v1_", (64, HEX)],
    "shopify": ["sh", "pat_", (32, HEX)],
    "square": ["sq", "0atp-", (22, URL)],
    "telegram": [(10, "123456789"), ":A", "A", (33, URL)],
    "discord": ["MT", (24, ALNUM), ".", (6, ALNUM), ".", (38, URL)],
    "databricks": ["da", "pi", (32, HEX)],
    "huggingface": ["h", "f_", (34, LOWER + UPPER)],
    "linear": ["lin", "_api_", (40, ALNUM)],
    "notion": ["nt", "n_", (46, ALNUM)],
    "postman": ["PM", "AK-", (24, HEX), "-", (34, HEX)],
    "newrelic": ["NR", "AK-", (27, UPPER + DIGITS)],
    "vault": ["hv", "s.", (92, URL)],
    "grafana": ["gl", "sa_", (32, ALNUM), "_", (8, HEX)],
    "doppler": ["dp", ".pt.", (43, ALNUM)],
    "atlassian": ["ATA", "TT3xFfGF0", (180, URL)],
    "azure_storage": [(86, B64), "=="],
    "airtable": ["pa", "t", (14, ALNUM), ".", (64, HEX)],
    "supabase": ["sb", "p_", (40, HEX)],
    "planetscale": ["psc", "ale_tkn_", (43, URL)],
    "figma": ["fi", "gd_", (40, URL)],
    "pulumi": ["pu", "l-", (40, HEX)],
    "terraform": [(14, ALNUM), ".atl", "asv1.", (67, URL)],
    "sentry": ["sn", "trys_", (60, ALNUM)],
    "cloudflare": ["v1.0-", (24, HEX), "-", (146, HEX)],
    "okta": ["0", "0", (40, URL)],
    "age": ["AGE-", "SECRET-KEY-1", (58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")],
    "razorpay": ["rzp", "_live_", (14, ALNUM)],
    "fastly": [(32, URL)],
}

# Those known by their form alone, wherever they stand.
PLAIN = [v for v in VENDORS if v not in (
    "aws_secret", "azure_storage", "okta", "fastly", "mailchimp", "twilio")]


def key(chance, vendor=None):
    vendor = vendor or chance.one(PLAIN)
    parts = VENDORS[vendor]
    return "".join(p if isinstance(p, str) else chance.word(*p) for p in parts)


def b64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def jwt(chance, person):
    head = b64url(json.dumps({"alg": chance.one(["HS256", "RS256"]), "typ": "JWT"}).encode())
    body = {"sub": chance.hex(12), "email": person["email"], "iat": 1700000000 + chance.below(9**8)}
    return f"{head}.{b64url(json.dumps(body).encode())}.{chance.word(43, URL)}"


def pem(chance):
    kind = chance.one(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
    lines = ["-----BEGIN " + kind + "-----"]
    lines += [chance.word(64, B64) for _ in range(4)] + [chance.word(38, B64) + "=="]
    return "\n".join(lines + ["-----END " + kind + "-----"])


BCRYPT = "./" + ALNUM


def password_hash(chance):
    return chance.one([
        lambda: f"$2{chance.one('ab')}$1{chance.one('02')}$" + chance.word(53, BCRYPT),
        lambda: "$argon2id$v=19$m=65536,t=3,p=4$" + chance.word(22, B64) + "$"
        + chance.word(43, B64),
        lambda: "pbkdf2_sha256$600000$" + chance.word(22, ALNUM) + "$" + chance.word(43, B64) + "=",
        lambda: "$6$" + chance.word(16, BCRYPT) + "$" + chance.word(86, BCRYPT),
        lambda: "scrypt:32768:8:1$" + chance.word(16, ALNUM) + "$" + chance.hex(128),
        lambda: "{SSHA}" + chance.word(38, B64) + "==",
    ])()


def bcrypt(chance):
    return "$2b$12$" + chance.word(53, BCRYPT)


STEMS = ["Sommer", "dragon", "qwert", "Liverpool", "chat", "Moscow", "sunshine", "Passw0rd",
         "bella", "tigger", "Contrasena", "geheim", "motdepasse", "parola", "sifre", "haslo"]


def password(chance):
    if chance.often(0.4):
        return chance.word(chance.between(10, 16), ALNUM + "!#$%&*+-=?@^_")
    return chance.one(STEMS) + chance.digits(chance.between(2, 4)) + chance.one(["!", "", "#", "?"])


def dsn(chance):
    """A connection string, and the password in it."""
    word = chance.word(14, ALNUM)
    user = chance.one(["app", "svc_orders", "reporting", "admin"])
    host = chance.one(["db1.internal", "10.3.7.21", "pg.prod.local", "cache-2.svc"])
    text = chance.one([
        f"postgres://{user}:{word}@{host}:5432/main",
        f"postgresql://{user}:{word}@{host}/app?sslmode=require",
        f"mysql://{user}:{word}@{host}:3306/shop",
        f"mongodb+srv://{user}:{word}@{host}/crm?retryWrites=true",
        f"redis://:{word}@{host}:6379/0",
        f"amqp://{user}:{word}@{host}:5672/%2F",
        f"Server={host};Database=erp;User Id={user};Password={word};Encrypt=true",
        f"host={host} dbname=main user={user} password={word}",
        f"jdbc:postgresql://{host}/main?user={user}&password={word}",
    ])
    return text, word


def otp(chance):
    return chance.digits(6)


def recovery(chance):
    return chance.one([
        f"{chance.word(4, LOWER + DIGITS)}-{chance.word(4, LOWER + DIGITS)}",
        f"{chance.word(5, UPPER + DIGITS)}-{chance.word(5, UPPER + DIGITS)}",
        f"{chance.digits(4)}-{chance.digits(4)}",
    ])


def session(chance):
    return chance.one([lambda: chance.hex(64), lambda: chance.word(43, URL),
                       lambda: chance.hex(40), lambda: chance.word(32, ALNUM)])()


def wallet(chance):
    if chance.often(0.5):
        return "0x" + chance.word(40, HEX)
    return "bc1q" + chance.word(38, "qpzry9x8gf2tvdw0s3jn54khce6mua7l")
