"""Gathers `seeds.json.gz`: names, streets and towns of 34 locales, once.

Why once: the yardstick must be the same for everybody and need no package at test time. What is
gathered comes from Faker 40 and mimesis 22 (both MIT), never from the gateway's own dictionaries.
Run it with both installed; nothing else in this folder needs them.
"""
import gzip
import json
import re

from faker import Faker
from mimesis import Person
from mimesis.locales import Locale

LOCALES = """en_US en_GB en_IN en_NG de_DE de_AT fr_FR fr_CA es_ES es_MX pt_BR pt_PT it_IT nl_NL
pl_PL cs_CZ sv_SE da_DK fi_FI no_NO tr_TR ru_RU uk_UA el_GR hu_HU ro_RO ja_JP zh_CN ko_KR ar_SA
he_IL hi_IN hr_HR id_ID""".split()
MIMESIS = {"de_DE": "de", "fr_FR": "fr", "es_ES": "es", "pt_BR": "pt-br", "it_IT": "it",
           "nl_NL": "nl", "pl_PL": "pl", "cs_CZ": "cs", "sv_SE": "sv", "tr_TR": "tr",
           "ru_RU": "ru", "en_US": "en", "en_GB": "en-gb", "ja_JP": "ja", "da_DK": "da"}


def several(make, count, tries=6):
    found = []
    for _ in range(count * tries):
        try:
            value = re.sub(r"\s+", " ", str(make())).strip()
        except Exception:
            return found
        if value and value not in found:
            found.append(value)
        if len(found) == count:
            break
    return found


def patterns(values):
    return sorted({re.sub(r"\d", "#", re.sub(r"\s*(x|ext\.?)\s*\d+$", "", v)) for v in values})


def main():
    seeds = {}
    for locale in LOCALES:
        Faker.seed(20261120)
        fake = Faker(locale)
        first = several(fake.first_name, 110)
        last = several(fake.last_name, 110)
        if locale in MIMESIS:
            person = Person(Locale(MIMESIS[locale]), seed=7)
            first += [n for n in several(person.first_name, 50) if n not in first]
            last += [n for n in several(person.last_name, 50) if n not in last]
        seeds[locale] = {
            "first": first,
            "last": last,
            "street": several(fake.street_address, 70),
            "city": several(fake.city, 50),
            "postcode": several(fake.postcode, 40),
            "phone": patterns(several(fake.phone_number, 60))[:12],
            "company": several(fake.company, 25),
            "job": several(fake.job, 25),
            "plate": several(fake.license_plate, 25) if hasattr(fake, "license_plate") else [],
            "prose": several(lambda: fake.sentence(nb_words=9), 30),
        }
    with gzip.GzipFile("seeds.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps(seeds, ensure_ascii=False, sort_keys=True).encode())


main()
