"""Free text, JSON, XML and hstore with sensitive parts in them, and what must stay."""
import json

import secrets_of as secret
from kinds import CLEAN, KINDS, PROSE, SENSITIVE, Cell, kind, uuid

TICKETS = {
    "en": ["Hi, this is {full}. I cannot log in with {email}, please call me on {phone_spaced}.",
           "Customer {full} asked to change the delivery to {street}, {city}.",
           "My card {card} was charged twice, please refund to {iban}.",
           "Reset link does not arrive at {work}. Regards, {full}",
           "Spoke to {full} ({phone}) about the invoice, will call back tomorrow.",
           "Passenger {full}, passport {passport}, missed the connection."],
    "de": ["Guten Tag, mein Name ist {full}, ich erreiche niemanden unter {phone_local}.",
           "Bitte überweisen Sie auf {iban}. Mit freundlichen Grüßen, {full}",
           "Herr {last} wohnt jetzt in {street}, {city}; E-Mail {email}."],
    "fr": ["Bonjour, je m'appelle {full} et mon adresse est {street} à {city}.",
           "Mme {last} souhaite être rappelée au {phone_spaced} ou par {email}."],
    "es": ["Hola, soy {full}, mi correo es {email} y mi teléfono {phone_spaced}.",
           "La tarjeta {card} fue rechazada, contactar a {full}."],
    "pt": ["Olá, meu nome é {full}, meu CPF é {national_id} e o e-mail {email}.",
           "Favor ligar para {full} no número {phone_spaced}."],
    "pl": ["Dzień dobry, nazywam się {full}, proszę o kontakt: {phone_spaced}, {email}.",
           "PESEL klienta {national_id}, przelew na {iban}."],
    "tr": ["Merhaba, ben {full}, e-posta adresim {email}, telefonum {phone_spaced}.",
           "TC kimlik no {national_id} olan müşteri arandı."],
    "it": ["Buongiorno, sono {full}, il mio codice fiscale è {national_id}.",
           "Contattare {email} oppure {phone_spaced}."],
    "ru": ["Здравствуйте, меня зовут {full}, мой телефон {phone_spaced}.",
           "Клиент просит вернуть деньги на карту {card}."],
    "ja": ["{full}です。メールは {email} 、電話は {phone_spaced} です。"],
    "zh": ["您好，我是{full}，电话 {phone_spaced}，邮箱 {email}。"],
}
LANGUAGE = {"de": "de", "fr": "fr", "es": "es", "pt": "pt", "pl": "pl", "tr": "tr", "it": "it",
            "ru": "ru", "uk": "ru", "ja": "ja", "zh": "zh"}
LOGS = [
    "2024-05-03T10:22:41Z INFO auth login ok user={username} ip={ip}",
    "2024-05-03T10:22:42Z WARN smtp 550 rejected rcpt=<{email}>",
    "10:23:07 ERROR payment declined pan={card} amount=41.20",
    "2024-05-03 DEBUG outbound Authorization: Bearer {secret}",
    "{ip} - - [03/May/2024:10:22:41 +0000] \"GET /api/v2/orders HTTP/1.1\" 200 512",
    "2024-05-03 INFO sms sent to {phone} status=delivered",
    "wifi assoc sta={mac} rssi=-61", "retry 3/5 for job 88213 in 400 ms",
    "checkpoint complete: wrote 132 buffers (0.8%)", "migration 0042_add_index applied in 1.2 s",
]


def told(row, pattern):
    """A pattern with the person's values, and which they are."""
    values = {name: str(row[name]) for name in row.person if "{" + name + "}" in pattern}
    # A town is of the kind that may be shown.
    return pattern.format(**values), [v for name, v in values.items() if name != "city"]


def ticket(row):
    chance = row.chance
    language = LANGUAGE.get(row["locale"][:2], "en")
    if chance.often(0.3):
        text = " ".join(chance.one(PROSE) for _ in range(chance.between(1, 3)))
        return Cell(text, [], [text])
    text, items = told(row, chance.one(TICKETS[language if chance.often(0.8) else "en"]))
    if chance.often(0.4):
        text = f"{chance.one(PROSE)} {text}"
    return Cell(text, items)


def log(row):
    text, items = told(row, row.chance.one(LOGS))
    return Cell(text, items, [] if items else [text])


def letter(row):
    other = row.chance.one(row.people)
    body, items = told(row, row.chance.one(TICKETS["en"]))
    text = (f"From: {row['full']} <{row['email']}>\nTo: {other['work']}\nSubject: your order\n\n"
            f"Dear {other['first']},\n\n{body}\n\n-- \n{row['full']}\n{row['phone_spaced']}\n")
    return Cell(text, items + [row["full"], row["email"], other["work"], other["first"],
                               row["phone_spaced"]])


def scrap(row):
    """What people put into a field that is for something else."""
    chance = row.chance
    if chance.often(0.6):
        return Cell(chance.one(PROSE))
    item = row[chance.one(["email", "phone_spaced", "iban", "card", "secret"])]
    return Cell(f"{chance.one(['see', 'cf.', 'ask', 'tel/mail:'])} {item}", [item])


def as_json(value, items, kept):
    return Cell(json.dumps(value, ensure_ascii=False), items, kept)


def profile(row):
    value = {
        "firstName": row["first"], "lastName": row["last"],
        "contact": {"email": row["email"], "phones": [row["phone"], row["phone_spaced"]]},
        "address": {"street": row["street"], "zip": row["postcode"], "country": row["country"]},
        "birthDate": row["dob"].isoformat(), "plan": row.chance.one(["free", "pro"]),
        "logins": row.chance.below(900), "newsletter": row.chance.often(0.5),
    }
    items = [row["first"], row["last"], row["email"], row["phone"], row["phone_spaced"],
             row["street"], row["dob"].isoformat()]
    return as_json(value, items, [value["plan"], value["address"]["country"]])


def event(row):
    value = {"type": row.chance.one(["login", "checkout", "signup"]), "ts": 1_700_000_000 + row.number,
             "actor": {"user": row["username"], "ip": row["ip"]},
             "device": {"os": row.chance.one(["ios", "android"]), "mac": row["mac"]},
             "req": {"path": "/v2/cart", "trace": row.chance.hex(32)}}
    return as_json(value, [row["username"], row["ip"], row["mac"]],
                   [value["type"], value["device"]["os"], value["req"]["trace"]])


def payment(row):
    cvv = row.chance.digits(3)
    value = {"card": {"number": row["card"], "cvc": cvv, "holder": row["full"]},
             "amount": {"value": row.chance.below(90000), "currency": "EUR"},
             "iban": row["iban"], "order_id": row.chance.digits(10, "2")}
    return as_json(value, [row["card"], row["full"], row["iban"]],
                   ["EUR", value["order_id"], str(value["amount"]["value"])])


def wrapped(row):
    """JSON in a string in JSON, as queues keep it."""
    body = {"email": row["email"], "name": row["full"], "sku": "LAMP-1"}
    text = json.dumps({"event": "user.updated", "payload": json.dumps(body, ensure_ascii=False),
                       "attempt": row.chance.below(5)}, ensure_ascii=False)
    return Cell(text, [row["email"], row["full"]], ["user.updated", "LAMP-1"])


def keyed(row):
    """Values as keys."""
    other = row.chance.one(row.people)
    value = {row["email"]: {"role": "owner"}, other["email"]: {"role": "viewer"}}
    return as_json(value, [row["email"], other["email"]], ["owner", "viewer"])


def changes(row):
    field = row.chance.one(["email", "phone", "street", "full"])
    other = row.chance.one(row.people)
    column = {"email": "email", "phone": "mobile", "street": "address_line1", "full": "full_name"}
    value = {"op": "update", "table": "users", "column": column[field],
             "old": {column[field]: row[field]}, "new": {column[field]: other[field]}, "rev": 4}
    return as_json(value, [row[field], other[field]], ["update", "users", column[field]])


def vault(row):
    word = secret.password(row.chance)
    value = {"provider": "aws", "region": "eu-central-1", "api_key": row["secret"],
             "db": {"host": "db1.internal", "password": word}, "timeout": 30}
    return as_json(value, [row["secret"], word], ["aws", "eu-central-1", "db1.internal"])


def rows_of(row):
    """A list of objects."""
    people = [row.chance.one(row.people) for _ in range(row.chance.between(1, 3))]
    value = [{"guest": p["full"], "mail": p["email"], "seat": f"{at + 1}A"}
             for at, p in enumerate(people)]
    return as_json(value, [v for p in people for v in (p["full"], p["email"])], ["1A"])


def kunde(row):
    value = {"vorname": row["first"], "nachname": row["last"], "geburtsdatum": str(row["dob"]),
             "strasse": row["street"], "artikel": "Regal Billy", "menge": row.chance.below(9)}
    return as_json(value, [row["first"], row["last"], str(row["dob"]), row["street"]],
                   ["Regal Billy"])


def product(row):
    value = {"name": "Anna desk lamp", "colour": row.chance.one(["oak", "white"]),
             "dims": [row.chance.below(90), 40, 12], "ean": row.chance.digits(13, "4"),
             "firmware": "10.4.2.1", "made": "2023-04-01"}
    return as_json(value, [], [str(v) for v in value.values() if isinstance(v, str)])


def flags(row):
    value = {"dark_mode": row.chance.often(0.5), "email_notifications": row.chance.often(0.5),
             "phone_required": False, "address_format": "intl", "token_limit": 4096}
    return as_json(value, [], ["intl", "4096"])


def hstore(row):
    pairs = {"email": row["email"], "phone": row["phone"], "tier": row.chance.one(["gold", "tin"])}
    text = ", ".join(f'"{k}"=>"{v}"' for k, v in pairs.items())
    return Cell(text, [row["email"], row["phone"]], [pairs["tier"]])


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def xml(row):
    text = (f"<customer id=\"{row.number}\"><name>{escaped(row['full'])}</name>"
            f"<mail>{row['email']}</mail><tier>gold</tier></customer>")
    return Cell(text, [escaped(row["full"]), row["email"]], ["gold"])


def pasted(row):
    """A whole address in a composite."""
    def quoted(part):
        return '"' + part.replace("\\", "\\\\").replace('"', '""') + '"'
    parts = (row["street"], row["city"], row["postcode"])
    return Cell(f"({','.join(quoted(p) for p in parts)})", [row["street"]])


def document(row):
    """A document whose text index is derived from it."""
    return Cell(f"{row['latin_first'].lower()} {row['latin_last'].lower()} called",
                [row["latin_last"].lower()])


kind("ticket", "free text", SENSITIVE, ticket)
kind("log", "free text", SENSITIVE, log)
kind("letter", "free text", SENSITIVE, letter)
kind("scrap", "free text", SENSITIVE, scrap)
for _make in (profile, event, payment, wrapped, keyed, changes, vault, rows_of, kunde, hstore, xml):
    kind("json_" + _make.__name__, "json", SENSITIVE, _make)
kind("composite", "address", SENSITIVE, pasted)
kind("document", "free text", SENSITIVE, document)
kind("json_product", "json clean", CLEAN, product)
kind("json_flags", "json clean", CLEAN, flags)
