"""What stands in a column: for each kind its category, whether it is sensitive, and its maker.

Truth is `sensitive`, `clean`, or `either` (cities, salaries, a machine's address: masking them is
no fault and showing them is none). A maker takes the row and gives a text, or a `Cell` where only
parts of the text are sensitive. `join` groups kinds whose equal values must get equal stand-ins.
"""
import base64
import datetime

import ids
import secrets_of as secret
from secrets_of import ALNUM, HEX, LOWER, UPPER, DIGITS

SENSITIVE, CLEAN, EITHER = "sensitive", "clean", "either"


class Cell:
    """A text, its sensitive parts, and the parts that must stay as they are."""

    def __init__(self, text, items=(), kept=()):
        self.text, self.items, self.kept = text, list(items), list(kept)


class Row:
    """What a maker may use."""

    def __init__(self, chance, person, number, people):
        self.chance, self.person, self.number, self.people = chance, person, number, people

    def __getitem__(self, key):
        return self.person[key]


KINDS = {}


def kind(name, category, truth, make, join=None, check=None):
    KINDS[name] = (category, truth, make, join, check)


def group(text, n, mark):
    return mark.join(text[at:at + n] for at in range(0, len(text), n))


def of(field):
    return lambda row: str(row[field])


# People.
kind("first", "name", SENSITIVE, of("first"))
kind("last", "name", SENSITIVE, of("last"))
kind("full", "name", SENSITIVE, of("full"), "name")
kind("latin_first", "name", SENSITIVE, of("latin_first"))
kind("latin_last", "name", SENSITIVE, of("latin_last"))
kind("name_comma", "name", SENSITIVE, lambda r: f"{r['last']}, {r['first']}")
kind("name_upper", "name", SENSITIVE, lambda r: r["full"].upper())
kind("name_titled", "name", SENSITIVE, lambda r: r.chance.one(
    ["Dr. ", "Prof. ", "Mr ", "Frau ", "Mme ", "Sra. "]) + r["full"])
kind("email", "email", SENSITIVE, of("email"), "email")
kind("work", "email", SENSITIVE, of("work"), "email")
kind("email_shouted", "email", SENSITIVE, lambda r: r["email"].upper(), "email")
kind("mailbox", "email", SENSITIVE, lambda r: f"{r['full']} <{r['email']}>")
kind("username", "username", SENSITIVE, of("username"), "username")
kind("handle", "username", SENSITIVE, lambda r: "@" + r["username"])
kind("phone", "phone", SENSITIVE, of("phone"), "phone")
kind("phone_spaced", "phone", SENSITIVE, of("phone_spaced"), "phone")
kind("phone_00", "phone", SENSITIVE, lambda r: "00" + r["phone"][1:], "phone")
kind("phone_national", "phone", SENSITIVE, of("phone_national"))
kind("phone_local", "phone", SENSITIVE, of("phone_local"))
kind("phone_number", "phone", SENSITIVE, lambda r: r["phone"][1:], "phone")
kind("street", "address", SENSITIVE, of("street"))
kind("address", "address", SENSITIVE,
     lambda r: f"{r['street']}, {r['postcode']} {r['city']}")
kind("city", "city", EITHER, of("city"))
kind("postcode", "postcode", EITHER, of("postcode"))
kind("dob", "birth date", SENSITIVE, lambda r: r["dob"].isoformat(), "dob")
kind("dob_dotted", "birth date", SENSITIVE, lambda r: f"{r['dob']:%d.%m.%Y}")
kind("dob_slashed", "birth date", SENSITIVE, lambda r: f"{r['dob']:%d/%m/%Y}")
kind("dob_number", "birth date", SENSITIVE, lambda r: f"{r['dob']:%Y%m%d}")
kind("dob_stamp", "birth date", SENSITIVE, lambda r: f"{r['dob']} 00:00:00+00")
kind("birth_year", "birth date", EITHER, lambda r: str(r["dob"].year))
kind("maiden", "name", SENSITIVE, lambda r: r.chance.one(r.people)["last"])
kind("gender", "gender", EITHER, lambda r: r.chance.one(["m", "f", "x", "f", "m"]))
kind("job", "job", EITHER, of("job"))
kind("salary", "salary", EITHER, lambda r: f"{r.chance.between(24, 180) * 1000}.00")
kind("nationality", "country", EITHER, of("country"))
kind("lat", "geo", SENSITIVE, lambda r: f"{r['lat']:.6f}")
kind("lon", "geo", SENSITIVE, lambda r: f"{r['lon']:.6f}")
kind("point", "geo", SENSITIVE, lambda r: f"({r['lon']:.6f},{r['lat']:.6f})")
kind("latlon", "geo", SENSITIVE, lambda r: f"{r['lat']:.6f}, {r['lon']:.6f}")

# Numbers of states.
kind("national", "national id", SENSITIVE, of("national_id"), "national", "national")
for _name, (_make, _test) in ids.IDS.items():
    kind("id_" + _name, "health id" if _name in ("gb_nhs", "de_kvnr", "au_medicare")
         else "national id", SENSITIVE,
         lambda r, n=_name, m=_make: ids.written(n, m(r.chance, r.person)), None, _name)
    kind("bare_" + _name, "national id", SENSITIVE,
         lambda r, m=_make: m(r.chance, r.person), None, _name)
kind("passport", "passport", SENSITIVE, of("passport"))
kind("licence", "passport", SENSITIVE, lambda r: r.chance.filled(
    r.chance.one(["?####-#####-#####", "?#######", "??######?", "B###?#####?"])))
kind("mrn", "health id", SENSITIVE, lambda r: "MRN" + r.chance.digits(7))
kind("mrn_number", "health id", SENSITIVE, lambda r: r.chance.digits(8, "123"))
kind("plate", "plate", SENSITIVE, lambda r: r.chance.filled(r.chance.one(
    ["??-?? ###", "??##???", "??-###-??", "?-?? ####", "??? ###"])))

# Money.
kind("card", "card", SENSITIVE, of("card"), "card", "card")
kind("card_spaced", "card", SENSITIVE, lambda r: group(r["card"], 4, " "), "card", "card")
kind("card_dashed", "card", SENSITIVE, lambda r: group(r["card"], 4, "-"), "card", "card")
kind("card_number", "card", SENSITIVE, of("card"), "card", "card")
kind("cvv", "cvv", SENSITIVE, lambda r: r.chance.digits(3))
kind("pin", "pin", SENSITIVE, lambda r: r.chance.digits(4))
kind("iban", "iban", SENSITIVE, of("iban"), "iban", "iban")
kind("iban_spaced", "iban", SENSITIVE, lambda r: group(r["iban"], 4, " "), "iban", "iban")
kind("account", "bank account", SENSITIVE, lambda r: r.chance.digits(10, "123456789"))
kind("wallet", "wallet", SENSITIVE, lambda r: secret.wallet(r.chance))

# Machines of people.
kind("ip", "ip", SENSITIVE, of("ip"), "ip")
kind("ip6", "ip", SENSITIVE, lambda r: "2a02:" + ":".join(
    format(r.chance.between(1, 65535), "x") for _ in range(7)))
kind("mac", "mac", SENSITIVE, of("mac"), "mac")
kind("mac_dashed", "mac", SENSITIVE, lambda r: r["mac"].replace(":", "-").upper(), "mac")
kind("imei", "device id", SENSITIVE, lambda r: ids.imei_made(r.chance), None, "luhn")
kind("vin", "vin", SENSITIVE, lambda r: ids.vin_made(r.chance), None, "vin")
kind("adid", "device id", SENSITIVE, lambda r: uuid(r))

# Secrets.
kind("key", "api key", SENSITIVE, lambda r: secret.key(r.chance))
for _name in secret.VENDORS:
    kind("key_" + _name, "api key", SENSITIVE, lambda r, n=_name: secret.key(r.chance, n))
kind("jwt", "jwt", SENSITIVE, lambda r: secret.jwt(r.chance, r.person))
kind("pem", "private key", SENSITIVE, lambda r: secret.pem(r.chance))
kind("pwhash", "password hash", SENSITIVE, lambda r: secret.password_hash(r.chance))
kind("bcrypt", "password hash", SENSITIVE, lambda r: secret.bcrypt(r.chance))
kind("md5hash", "password hash", SENSITIVE, lambda r: r.chance.hex(32))
kind("password", "password", SENSITIVE, lambda r: secret.password(r.chance))
kind("session", "session token", SENSITIVE, lambda r: secret.session(r.chance))
kind("session_uuid", "session token", SENSITIVE, lambda r: uuid(r))
kind("session_bytes", "session token", SENSITIVE, lambda r: "\\x" + r.chance.hex(64))
kind("otp", "one-time code", SENSITIVE, lambda r: secret.otp(r.chance))
kind("otp_number", "one-time code", SENSITIVE, lambda r: r.chance.digits(6, "123456789"))
kind("recovery", "recovery code", SENSITIVE, lambda r: secret.recovery(r.chance))
kind("totp", "one-time code", SENSITIVE, lambda r: r.chance.word(32, UPPER + "234567"))
kind("cookie", "session token", SENSITIVE, lambda r: cookie(r))
kind("basic", "password", SENSITIVE, lambda r: "Basic " + base64.b64encode(
    f"{r['username']}:{secret.password(r.chance)}".encode()).decode())
kind("bearer", "session token", SENSITIVE, lambda r: "Bearer " + secret.session(r.chance))
kind("dsn", "connection string", SENSITIVE, lambda r: dsn(r))


def uuid(row):
    c = row.chance
    return (f"{c.hex(8)}-{c.hex(4)}-4{c.hex(3)}-{c.one('89ab')}{c.hex(3)}-{c.hex(12)}")


def cookie(row):
    token = row.chance.hex(40)
    return Cell(f"sessionid={token}; Path=/; HttpOnly", [token])


def dsn(row):
    text, word = secret.dsn(row.chance)
    return Cell(text, [word])


# Clean, and looking like something else: the traps.
def trap(name, make):
    kind(name, "clean", CLEAN, make)


def one(words):
    words = words.split("|")
    return lambda row: row.chance.one(words)


def stamp(row):
    day = datetime.datetime(2021, 1, 1) + datetime.timedelta(
        seconds=row.chance.below(5 * 365 * 86400))
    return f"{day:%Y-%m-%d %H:%M:%S}+00"


trap("serial", lambda r: str(r.number + 1))
trap("big_serial", lambda r: str(7_300_000_000 + r.number * 17))
trap("uuid", uuid)
trap("ref", lambda r: str(r.chance.between(1, 300)))
trap("order16", lambda r: "20" + r.chance.digits(14))
trap("order12", lambda r: f"2024{r.chance.digits(8)}")
trap("order_text", lambda r: f"ORD-{r.chance.digits(8)}")
trap("invoice", lambda r: f"INV-{r.chance.between(2019, 2025)}-{r.chance.digits(6)}")
trap("sku", lambda r: r.chance.filled("??-####-?"))
trap("sku_phone", lambda r: r.chance.filled("%##-%##-####"))
trap("sku_digits", lambda r: r.chance.digits(9, "4567"))
trap("ean", lambda r: r.chance.digits(13, "4"))
trap("isbn", lambda r: "978-" + r.chance.filled("#-##-######-#"))
trap("tracking", lambda r: "1Z" + r.chance.word(16, UPPER + DIGITS))
trap("version", lambda r: ".".join(str(r.chance.below(30)) for _ in range(4)))
trap("semver", lambda r: f"{r.chance.below(9)}.{r.chance.below(40)}.{r.chance.below(20)}")
trap("product", one("Billy|Anna desk lamp|Oxford shirt|Ludwig chair|Florence sofa|Stella mug|"
                    "Georgia table|Victoria curtain|Malm bed|Paris mirror|Hugo backpack|"
                    "Emma kettle|Oskar stool|Jackson jacket|Charlotte dress|Milan bag|"
                    "Max pro drill|Sofia rug|Leon wallet|Dakota boots"))
trap("plan_name", one("Starter|Team|Business|Enterprise|Scale|Solo|Growth"))
trap("dish", one("Caesar salad|Eggs Benedict|Peach Melba|Beef Wellington|Bloody Mary|Margherita|"
                 "Earl Grey|Tom Yum|Shirley Temple|Crêpe Suzette"))
trap("warehouse", one("Berlin-Nord|Rotterdam 2|Lyon Sud|Łódź|Madrid Getafe|Osaka|Porto|"
                      "Leipzig Hub|Gdańsk|Bursa"))
trap("city_shop", one("Berlin|Madrid|Lyon|Warszawa|Lisboa|Istanbul|Osaka|Milano|Praha|Wien"))
trap("department", one("Sales|Finance|IT|Legal|Logistics|Cardiology|Radiology|Facilities"))
trap("company", lambda r: r.chance.one(SHOPS))
trap("status", one("open|paid|shipped|closed|failed|pending"))
trap("order_status", one("new|paid|sent|done"))
trap("severity", one("low|medium|high|critical"))
trap("lang", one("de|en|fr|pl|tr|ja|pt|es"))
trap("locale", one("de-DE|en-GB|fr-FR|pl-PL|tr-TR|ja-JP"))
trap("tz", one("Europe/Berlin|Asia/Tokyo|America/Sao_Paulo|UTC|Europe/Warsaw"))
trap("currency", one("EUR|USD|GBP|PLN|TRY|JPY|BRL"))
trap("country", one("DE|FR|ES|PL|TR|JP|BR|PT|IT|US"))
trap("address_type", one("billing|shipping|home|office"))
trap("phone_model", one("Pixel 8|iPhone 14 Pro|Galaxy S23|Nokia 3310|Moto G7|Xperia 5"))
trap("template", one("welcome_email|password_reset|invoice_due|otp_sms|address_changed"))
trap("i18n_key", one("cart.title|login.password.hint|profile.email.label|errors.phone.invalid"))
trap("setting_key", one("smtp.host|theme|max_upload_mb|feature.beta|session.timeout"))
trap("column_name", one("email|phone|first_name|iban|created_at|status|ssn"))
trap("field_label", one("E-Mail|Telefon|Vorname|Geburtsdatum|Adresse|Passwort"))
trap("token_count", lambda r: str(r.chance.between(10, 8000)))
trap("small", lambda r: str(r.chance.below(100)))
trap("quantity", lambda r: str(r.chance.between(1, 40)))
trap("amount", lambda r: f"{r.chance.below(99999)}.{r.chance.below(100):02}")
trap("rate", lambda r: f"0.{r.chance.below(1000):03}")
trap("score", lambda r: f"{r.chance.below(100000) / 1000}")
trap("big_amount", lambda r: str(r.chance.between(10**8, 10**9 - 1)))
trap("meter", lambda r: str(5_000_000_000 + r.number * r.chance.between(990, 1010)))
trap("id9", lambda r: str(300_000_000 + r.chance.below(10**8)))
trap("id11", lambda r: r.chance.digits(11, "789"))
trap("snowflake", lambda r: str(1_100_000_000_000_000_000 + r.chance.below(10**17)))
trap("epoch", lambda r: str(1_600_000_000 + r.chance.below(10**8)))
trap("epoch_ms", lambda r: str(1_600_000_000_000 + r.chance.below(10**11)))
trap("stamp", stamp)
trap("day", lambda r: stamp(r)[:10])
trap("day_dotted", lambda r: f"{r.chance.between(1, 28):02}.{r.chance.between(1, 12):02}.2024")
trap("founded", lambda r: f"{r.chance.between(1890, 2015)}-{r.chance.between(1, 12):02}-01")
trap("clock", lambda r: f"{r.chance.below(24):02}:{r.chance.below(60):02}:00")
trap("span", lambda r: f"{r.chance.below(24):02}:{r.chance.below(60):02}:00")
trap("day_range", lambda r: "[2024-01-{:02},2024-03-{:02})".format(
    r.chance.between(1, 28), r.chance.between(1, 28)))
trap("number_range", lambda r: f"[{r.chance.below(50)},{50 + r.chance.below(50)})")
trap("bool", one("t|f"))
trap("sha1", lambda r: r.chance.hex(40))
trap("sha256", lambda r: r.chance.hex(64))
trap("etag", lambda r: r.chance.hex(32))
trap("short_sha", lambda r: r.chance.hex(7))
trap("ulid", lambda r: "01H" + r.chance.word(23, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
trap("image64", lambda r: "data:image/png;base64,iVBORw0KGgo" + r.chance.word(120, secret.B64))
trap("base64", lambda r: r.chance.word(88, secret.B64))
trap("bytes", lambda r: "\\x89504e47" + r.chance.hex(48))
trap("colour", lambda r: "#" + r.chance.hex(6))
trap("shop_lat", lambda r: f"{40 + r.number % 20 + 0.12:.6f}")
trap("shop_lon", lambda r: f"{4 + r.number % 30 + 0.34:.6f}")
trap("geohash", lambda r: r.chance.word(6, "0123456789bcdefghjkmnpqrstuvwxyz"))
trap("public_url", lambda r: f"https://cdn.shopware.net/p/{r.chance.digits(6)}.jpg")
trap("path", lambda r: f"/var/spool/{r.chance.one(['mail', 'out', 'in'])}/{r.chance.digits(5)}.xml")
trap("host", lambda r: f"node-{r.chance.below(40):02}.{r.chance.one(['eu', 'us'])}.internal")
trap("agent", one("Mozilla/5.0 (X11; Linux x86_64) Firefox/121.0|curl/8.4.0|okhttp/4.12.0|"
                  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2) Safari/605.1.15"))
trap("mime", one("image/png|application/pdf|text/csv"))
trap("cron", one("0 3 * * *|*/5 * * * *|15 8 * * 1"))
trap("icd", one("J45.9|E11.9|I10|M54.5|K21.0|F32.1"))
trap("lab", lambda r: f"{r.chance.between(40, 190)}.{r.chance.below(10)}")
trap("bic", one("DEUTDEFF|BNPAFRPP|INGBNL2A|BREXPLPW|TGBATRIS"))
trap("prose", lambda r: r.chance.one(PROSE))
trap("note_clean", lambda r: " ".join(r.chance.one(PROSE) for _ in range(r.chance.between(1, 3))))
trap("tags", lambda r: r.chance.one(["red", "sale", "new", "b2b", "fragile"]))
trap("genre", one("Rock|Jazz|Krimi|Science|Polska|Fado"))
trap("book", one("Anna Karenina|Jane Eyre|Oliver Twist|Faust|Don Quijote|Emma|Madame Bovary|"
                 "Robinson Crusoe|Effi Briest|Pan Tadeusz"))
trap("vector", lambda r: " ".join(r.chance.sample(["chair", "lamp", "oak", "blue", "sale"], 3)))
trap("room", lambda r: f"{r.chance.between(1, 9)}{r.chance.between(0, 40):02}")
trap("flight", lambda r: r.chance.filled("LH###"))
trap("unit", one("kg|pcs|m|l|h"))
trap("hexid", lambda r: r.chance.hex(24))
trap("queue", one("mailer|password-reset|invoices|phone-verify"))
trap("temperature", lambda r: f"{r.chance.between(-20, 40)}.{r.chance.below(100):02}")
trap("subnet", one("10.0.0.0/8|192.168.0.0/16|172.16.4.0/22|10.20.0.0/16"))
trap("constant_ip", one("0.0.0.0|127.0.0.1"))
kind("customer_no", "customer number", EITHER, lambda r: f"K{100000 + r.number}")
kind("server_ip", "ip", EITHER, lambda r: f"10.{r.chance.below(8)}.{r.chance.below(255)}.7")
kind("company_mail", "company", EITHER, lambda r: r.chance.one(
    ["info@", "support@", "billing@"]) + "brightwater.io")
kind("company_phone", "company", EITHER, lambda r: f"+49 30 {r.chance.digits(7, '2345')}")
kind("bank_code", "bank code", EITHER, lambda r: r.chance.digits(8, "12345"))

trap("score_small", lambda r: f"{r.chance.between(3, 80)}.{r.chance.below(100):02}")
trap("clock5", lambda r: f"{r.chance.between(1, 12):02}/{r.chance.between(25, 31)}")
trap("stampless", lambda r: stamp(r)[:19])
trap("big_serial_small", lambda r: str(1000 + 13 * r.number))
trap("sku6", lambda r: r.chance.digits(6, "4567"))
trap("http", one("200|201|404|500|503"))
trap("order15", lambda r: r.chance.digits(15, "234"))
trap("stamp_range", lambda r: "[2024-01-{:02} 08:00:00+00,2024-02-{:02} 09:30:00+00)".format(
    r.chance.between(1, 28), r.chance.between(1, 28)))
trap("salutation", one("Herr|Frau|Divers|Firma"))
trap("bool_char", one("J|N"))
trap("year", lambda r: str(r.chance.between(2015, 2024)))
trap("blood", one("A+|0-|B+|AB-|0+"))
kind("imsi", "device id", SENSITIVE, lambda r: "26201" + r.chance.digits(10))
kind("cvv_number", "cvv", SENSITIVE, lambda r: r.chance.digits(3, "123456789"))
kind("salary_int", "salary", EITHER, lambda r: str(r.chance.between(24, 180) * 1000))
kind("short_name", "name", EITHER, lambda r: r["latin_last"][:3].upper())
kind("suffix", "api key", EITHER, lambda r: r.chance.word(4, ALNUM))
kind("id14", "company", EITHER, lambda r: ids.luhned(r.chance.digits(13, "345")))
kind("vat", "company", EITHER, lambda r: "DE" + r.chance.digits(9, "123"))
kind("boleto", "bank account", EITHER, lambda r: r.chance.digits(47))
kind("author", "name", EITHER, of("full"))
kind("sensor_mac", "mac", EITHER, of("mac"))

SHOPS = ["Brightwater Ltd", "Nordlicht GmbH", "Viatech SA", "Polimex Sp. z o.o.", "Hanamizu KK",
         "Ithaka AE", "Delmar SL", "Anadolu Lojistik A.Ş.", "Tecnova Ltda", "Fjordkraft AS"]
PROSE = [
    "Solid oak with a natural oil finish.", "Delivered in two parcels, assembly required.",
    "The printer on the second floor is out of paper again.", "Bitte vor Gebrauch schütteln.",
    "Livraison sous trois jours ouvrés.", "Nie wystawiać na działanie promieni słonecznych.",
    "Cuidado con el escalón al entrar.", "A tela não liga depois da atualização.",
    "Ürün stokta yok, gelecek hafta gelecek.", "電源が入りません。", "Не работает кнопка питания.",
    "Batch finished after 412 of 500 records; retry scheduled.", "Size runs small, order one up.",
    "Version 10.4.2.1 fixes the crash when exporting.", "Invoice 20240117 was paid twice.",
    "Please restart the router before calling.", "Meeting moved to Thursday at 14:30.",
    "Das Paket wiegt 12,5 kg und misst 40x30x20.", "Order 4929-118 cancelled by the system.",
]
