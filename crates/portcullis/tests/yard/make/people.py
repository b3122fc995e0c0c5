"""The people whose data fill the tables: drawn once, met again in many tables."""
import datetime
import gzip
import json
import pathlib
import re
import unicodedata

import ids
import secrets_of

SEEDS = json.loads(gzip.decompress((pathlib.Path(__file__).parent / "seeds.json.gz").read_bytes()))
LOCALES = sorted(SEEDS)
FAMILY_FIRST = {"hu_HU", "ja_JP", "zh_CN", "ko_KR"}
CLOSED_UP = {"ja_JP", "zh_CN", "ko_KR"}

# Country code, trunk prefix and national patterns of mobiles.
PHONES = {
    "en_US": ("1", "", "%0%%######", "### ### ####"), "en_GB": ("44", "0", "77########", "#### ######"),
    "en_IN": ("91", "0", "98########", "##### #####"), "en_NG": ("234", "0", "803#######", "### ### ####"),
    "de_DE": ("49", "0", "151########", "### ########"), "de_AT": ("43", "0", "664#######", "### #######"),
    "fr_FR": ("33", "0", "6########", "# ## ## ## ##"), "fr_CA": ("1", "", "514%######", "### ### ####"),
    "es_ES": ("34", "", "6########", "### ## ## ##"), "es_MX": ("52", "", "55########", "## #### ####"),
    "pt_BR": ("55", "0", "119########", "## ##### ####"), "pt_PT": ("351", "", "91#######", "### ### ###"),
    "it_IT": ("39", "", "347#######", "### #######"), "nl_NL": ("31", "0", "6########", "# ########"),
    "pl_PL": ("48", "", "60#######", "### ### ###"), "cs_CZ": ("420", "", "60#######", "### ### ###"),
    "sv_SE": ("46", "0", "70#######", "## ### ## ##"), "da_DK": ("45", "", "2#######", "## ## ## ##"),
    "fi_FI": ("358", "0", "40#######", "## ### ####"), "no_NO": ("47", "", "9#######", "### ## ###"),
    "tr_TR": ("90", "0", "532#######", "### ### ## ##"), "ru_RU": ("7", "8", "916#######", "### ### ## ##"),
    "uk_UA": ("380", "0", "67#######", "## ### ## ##"), "el_GR": ("30", "", "69########", "### ### ####"),
    "hu_HU": ("36", "06", "30#######", "## ### ####"), "ro_RO": ("40", "0", "72#######", "### ### ###"),
    "ja_JP": ("81", "0", "90########", "## #### ####"), "zh_CN": ("86", "", "138########", "### #### ####"),
    "ko_KR": ("82", "0", "10########", "## #### ####"), "ar_SA": ("966", "0", "50#######", "## ### ####"),
    "he_IL": ("972", "0", "52#######", "## ### ####"), "hi_IN": ("91", "0", "98########", "##### #####"),
    "hr_HR": ("385", "0", "91#######", "## ### ####"), "id_ID": ("62", "0", "812########", "### #### ####"),
}
IBAN_OF = {"en_US": "GB", "en_IN": "GB", "en_NG": "GB", "fr_CA": "FR", "es_MX": "ES", "pt_BR": "PT",
           "da_DK": "DK", "ja_JP": "DE", "zh_CN": "CH", "ko_KR": "BE", "hi_IN": "AT", "id_ID": "NL",
           "ru_RU": "FI", "uk_UA": "PL", "cs_CZ": "CZ", "sv_SE": "SE", "el_GR": "GR", "he_IL": "IL"}
MAILS = ["gmail.com", "outlook.com", "web.de", "orange.fr", "libero.it", "wp.pl", "yahoo.co.jp",
         "mail.ru", "hotmail.com", "icloud.com", "terra.com.br", "seznam.cz", "proton.me"]
COMPANIES = ["brightwater.io", "nordlicht-gmbh.de", "acmeretail.com", "viatech.fr", "kozlov.ru",
             "hanamizu.co.jp", "delmar.es", "polimex.pl", "ithaka.gr", "anadolu-lojistik.com.tr"]


def ascii_of(text, chance):
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z]", "", plain.lower())
    return plain if len(plain) > 1 else chance.word(chance.between(4, 7), "aeioklmnrst")


def spaced(bare, pattern):
    left = iter(bare)
    return "".join(next(left, "") if c == "#" else c for c in pattern)


def name_of(person):
    first, last = person["first"], person["last"]
    if person["locale"] in FAMILY_FIRST:
        return last + ("" if person["locale"] in CLOSED_UP else " ") + first
    return f"{first} {last}"


def mail_of(chance, first, last, domain):
    local = chance.one([f"{first}.{last}", f"{first[0]}{last}", f"{last}.{first}",
                        f"{first}{chance.between(60, 2009)}", f"{first}_{last}{chance.below(99)}",
                        f"{last}{first[0]}"])
    return f"{local}@{domain}"


def person(chance, locale):
    seeds = SEEDS[locale]
    made = {"locale": locale, "first": chance.one(seeds["first"]), "last": chance.one(seeds["last"])}
    made["full"] = name_of(made)
    first, last = ascii_of(made["first"], chance), ascii_of(made["last"], chance)
    made["email"] = mail_of(chance, first, last, chance.one(MAILS))
    made["work"] = mail_of(chance, first, last, chance.one(COMPANIES))
    made["username"] = chance.one([f"{first}{chance.between(1, 999)}", f"{first}_{last}",
                                   f"{last}{first[:2]}{chance.below(90)}", f"x{first}x",
                                   f"{first}.{last[0]}", f"the_{last}"])
    made["latin_first"], made["latin_last"] = first.title(), last.title()
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=chance.below(66 * 365))
    made["dob"] = born
    code, trunk, pattern, spacing = PHONES[locale]
    bare = chance.filled(pattern)
    made["phone"] = f"+{code}{bare}"
    made["phone_spaced"] = f"+{code} {spaced(bare, spacing)}"
    made["phone_national"] = trunk + bare
    made["phone_local"] = trunk + spaced(bare, spacing)
    made["street"] = chance.one(seeds["street"])
    made["city"] = chance.one(seeds["city"])
    made["postcode"] = chance.one(seeds["postcode"])
    made["country"] = locale[3:]
    kind = ids.OF_LOCALE[locale]
    made["id_kind"] = kind
    made["national_id"] = ids.written(kind, ids.IDS[kind][0](chance, made))
    country = IBAN_OF.get(locale, locale[3:])
    made["iban"] = ids.iban_made(chance, country if country in ids.IBANS else "DE")
    made["card"] = ids.card_made(chance)
    made["ip"] = ".".join(str(chance.between(1, 254)) for _ in range(4))
    made["ip"] = f"{chance.one([81, 93, 109, 151, 178, 203, 77, 5])}.{made['ip'].split('.', 1)[1]}"
    made["mac"] = ":".join(chance.hex(2) for _ in range(6))
    made["passport"] = chance.one([chance.filled("?########"), chance.filled("??#######"),
                                   chance.filled("#########")])
    made["lat"] = chance.between(-50, 65) + chance.below(10**6) / 10**6
    made["lon"] = chance.between(-120, 140) + chance.below(10**6) / 10**6
    made["secret"] = secrets_of.key(chance)
    made["job"] = chance.one(seeds["job"])
    return made
