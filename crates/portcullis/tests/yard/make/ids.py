"""Numbers that states and banks give out, with their check digits: how to make one, how to test.

`IDS` maps a name to (maker, test). A test takes the text without separators. Sources are the
public algorithms (ISO 7064, national registries); nothing is shared with the gateway's code.
"""
import datetime


def luhn(digits):
    total = 0
    for at, c in enumerate(reversed(digits)):
        n = int(c) * (2 if at % 2 else 1)
        total += n - 9 if n > 9 else n
    return total % 10 == 0


def luhned(body):
    return next(body + d for d in "0123456789" if luhn(body + d))


def weighed(digits, weights):
    return sum(int(d) * w for d, w in zip(digits, weights))


def ending(make, test, tail="0123456789"):
    """A maker that draws bodies until one of `tail` completes it."""
    def made(chance, person):
        while True:
            body = make(chance, person)
            for end in tail:
                if test(body + end):
                    return body + end
    return made


def yymmdd(person):
    return person["dob"].strftime("%y%m%d")


def mod11_10(digits):
    rest = 10
    for c in digits[:-1]:
        rest = (rest + int(c)) % 10 or 10
        rest = rest * 2 % 11
    return (11 - rest) % 10 == int(digits[-1])


VERHOEFF_D = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
              [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
              [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
              [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
              [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
VERHOEFF_P = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
              [5, 8, 0, 3, 7, 9, 6, 1, 4, 2], [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
              [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
              [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8]]


def verhoeff(digits):
    c = 0
    for at, d in enumerate(reversed(digits)):
        c = VERHOEFF_D[c][VERHOEFF_P[at % 8][int(d)]]
    return c == 0


def cpf(d):
    one = weighed(d, range(10, 1, -1)) * 10 % 11 % 10
    two = weighed(d, range(11, 1, -1)) * 10 % 11 % 10
    return len(d) == 11 and one == int(d[9]) and two == int(d[10])


def nhs(d):
    rest = 11 - weighed(d, range(10, 1, -1)) % 11
    return len(d) == 10 and rest % 11 == int(d[9]) and rest != 10


def pesel(d):
    return len(d) == 11 and weighed(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0


def nip(d):
    return len(d) == 10 and weighed(d, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == int(d[9])


def bsn(d):
    return len(d) == 9 and (weighed(d, range(9, 1, -1)) - int(d[8])) % 11 == 0


def nif_pt(d):
    rest = 11 - weighed(d, range(9, 1, -1)) % 11
    return len(d) == 9 and (0 if rest > 9 else rest) == int(d[8])


def tckn(d):
    odd, even = sum(map(int, d[0:9:2])), sum(map(int, d[1:8:2]))
    return (len(d) == 11 and d[0] != "0" and (odd * 7 - even) % 10 == int(d[9])
            and sum(map(int, d[:10])) % 10 == int(d[10]))


def inn12(d):
    one = weighed(d, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10
    two = weighed(d, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10
    return len(d) == 12 and one == int(d[10]) and two == int(d[11])


def snils(d):
    rest = weighed(d, range(9, 0, -1)) % 101
    return len(d) == 11 and (0 if rest == 100 else rest) == int(d[9:])


def rnokpp(d):
    weights = [-1, 5, 7, 9, 4, 6, 10, 5, 7]
    return len(d) == 10 and weighed(d, weights) % 11 % 10 == int(d[9])


def afm(d):
    return len(d) == 9 and weighed(d, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == int(d[8])


def taj(d):
    return len(d) == 9 and weighed(d, [3, 7] * 4) % 10 == int(d[8])


def cnp(d):
    rest = weighed(d, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
    return len(d) == 13 and (1 if rest == 10 else rest) == int(d[12])


def egn(d):
    return len(d) == 10 and weighed(d, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == int(d[9])


def baltic(d):
    rest = weighed(d, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
    if rest == 10:
        rest = weighed(d, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10
    return len(d) == 11 and rest == int(d[10])


def fnr(d):
    one = weighed(d, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11
    two = weighed(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11
    return len(d) == 11 and one == 0 and two == 0


def hetu(t):
    return len(t) == 11 and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(t[:6] + t[7:10]) % 31] == t[10]


def mynumber(d):
    rest = weighed(d, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return len(d) == 12 and (0 if rest <= 1 else 11 - rest) == int(d[11])


def resident(t):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return len(t) == 18 and "10X98765432"[weighed(t, weights) % 11] == t[17]


def rrn(d):
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    return len(d) == 13 and (11 - weighed(d, weights) % 11) % 10 == int(d[12])


def cuit(d):
    rest = 11 - weighed(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return len(d) == 11 and {11: 0, 10: 9}.get(rest, rest) == int(d[10])


def rut(t):
    rest = 11 - sum(int(c) * (2 + at % 6) for at, c in enumerate(reversed(t[:-1]))) % 11
    return {11: "0", 10: "K"}.get(rest, str(rest)) == t[-1]


def tfn(d):
    return len(d) == 9 and weighed(d, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0


def medicare(d):
    return len(d) == 10 and weighed(d, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 == int(d[8])


def thai(d):
    return len(d) == 13 and (11 - weighed(d, range(13, 1, -1)) % 11) % 10 == int(d[12])


def ahv(d):
    return len(d) == 13 and (10 - weighed(d, [1, 3] * 6) % 10) % 10 == int(d[12])


def svnr(d):
    return len(d) == 10 and weighed(d, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == int(d[3])


def svnr_made(chance, person):
    while True:
        body = chance.digits(3, "123456789")
        tail = person["dob"].strftime("%d%m%y")
        for d in "0123456789":
            if svnr(body + d + tail):
                return body + d + tail


def medicare_made(chance, _):
    body = chance.digits(8, "23456")
    return next(body + d + "1" for d in "0123456789" if medicare(body + d + "1"))


def nir(t):
    return len(t) == 15 and 97 - int(t[:13]) % 97 == int(t[13:])


def nir_made(chance, person):
    born = person["dob"].strftime("%y%m")
    body = chance.one("12") + born + f"{chance.between(1, 95):02}" + chance.digits(6)
    return body + f"{97 - int(body) % 97:02}"


def belgian(d):
    return len(d) == 11 and int(d[9:]) in (97 - int(d[:9]) % 97, 97 - int("2" + d[:9]) % 97)


def belgian_made(chance, person):
    body = yymmdd(person) + f"{chance.between(1, 997):03}"
    full = int("2" + body) if person["dob"].year >= 2000 else int(body)
    return body + f"{97 - full % 97:02}"


def dni(t):
    return len(t) == 9 and "TRWAGMYFPDXBNJZSQVHLCKE"[int(t[:8]) % 23] == t[8]


def nie(t):
    return dni(str("XYZ".index(t[0])) + t[1:])


def fiscal(t):
    odd = {c: v for c, v in zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
           [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20,
            11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23])}
    total = 0
    for at, c in enumerate(t[:15]):
        even = int(c) if c.isdigit() else ord(c) - 65
        total += odd[c] if at % 2 == 0 else even
    return len(t) == 16 and chr(65 + total % 26) == t[15]


def fiscal_body(chance, person):
    letters = chance.word(6, "BCDFGLMNPRSTVZ")
    day = person["dob"].day + chance.one([0, 40])
    month = "ABCDEHLMPRST"[person["dob"].month - 1]
    return f"{letters}{person['dob']:%y}{month}{day:02}{chance.one('ABCDEFGHL')}{chance.digits(3)}"


def oib(d):
    return len(d) == 11 and mod11_10(d)


def steuer(d):
    return len(d) == 11 and d[0] != "0" and mod11_10(d)


def steuer_body(chance, _):
    order = chance.sample("0123456789", 10)
    order[chance.between(1, 9)] = order[chance.between(1, 8)]
    if order[0] == "0":
        order[0] = "7"
    return "".join(order)


def kvnr(t):
    digits = f"{ord(t[0]) - 64:02}{t[1:9]}"
    total = sum(sum(map(int, str(int(c) * (1 + at % 2)))) for at, c in enumerate(digits))
    return len(t) == 10 and total % 10 == int(t[9])


def nric(t):
    total = weighed(t[1:8], [2, 7, 6, 5, 4, 3, 2]) + (4 if t[0] in "TG" else 0)
    return len(t) == 9 and ("JZIHGFEDCBA" if t[0] in "ST" else "XWUTRQPNMLK")[total % 11] == t[8]


def pps(t):
    return len(t) == 8 and "WABCDEFGHIJKLMNOPQRSTUV"[weighed(t, range(8, 1, -1)) % 23] == t[7]


def curp(t):
    table = {c: at for at, c in enumerate("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")}
    total = sum(table[c] * (18 - at) for at, c in enumerate(t[:17]))
    return len(t) == 18 and (10 - total % 10) % 10 == int(t[17])


def curp_body(chance, person):
    names = chance.word(4, "BCDFGLMNPRSTV")
    state = chance.one(["DF", "JC", "NL", "MC", "PL"])
    return f"{names}{yymmdd(person)}{chance.one('HM')}{state}{chance.word(3, 'BCDFGLMNPRSTV')}0"


def czech(d):
    return len(d) == 10 and int(d) % 11 == 0


def czech_body(chance, person):
    born = person["dob"]
    return f"{born:%y}{born.month + chance.one([0, 50]):02}{born:%d}{chance.digits(3)}"


def digits_only(n, first="0123456789"):
    return lambda chance, person: chance.digits(n, first)


def born(pattern, n):
    return lambda chance, person: person["dob"].strftime(pattern) + chance.digits(n)


def ssn(d):
    return len(d) == 9 and d[:3] not in ("000", "666") and d[3:5] != "00" and d[5:] != "0000"


def ssn_made(chance, _):
    area = chance.between(1, 772)
    area = 667 if area == 666 else area
    return f"{area:03}{chance.between(1, 99):02}{chance.between(1, 9999):04}"


def nino_made(chance, _):
    return chance.word(2, "ABCEHJLMPRSTWXY") + chance.digits(6) + chance.one("ABCD")


def nino(t):
    return len(t) == 9 and t[:2].isalpha() and t[2:8].isdigit() and t[8] in "ABCD"


def pan_made(chance, _):
    return chance.word(3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") + "P" + chance.word(
        1, "ABCDEFGHKLMNPRST") + chance.digits(4) + chance.one("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def pan(t):
    return len(t) == 10 and t[:5].isalpha() and t[5:9].isdigit() and t[9].isalpha()


def nik_made(chance, person):
    return f"{chance.between(11, 94)}{chance.digits(4)}{person['dob']:%d%m%y}{chance.digits(4)}"


def hetu_made(chance, person):
    body = f"{person['dob']:%d%m%y}"
    mark = "A" if person["dob"].year >= 2000 else "-"
    number = f"{chance.between(2, 899):03}"
    return body + mark + number + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(body + number) % 31]


def two(test, make):
    """For two check digits at the end."""
    def made(chance, person):
        while True:
            body = make(chance, person)
            for end in range(100):
                if test(f"{body}{end:02}"):
                    return f"{body}{end:02}"
    return made


def baltic_body(chance, person):
    century = 3 if person["dob"].year < 2000 else 5
    return str(century + chance.below(2)) + yymmdd(person) + chance.digits(3)


def cnp_body(chance, person):
    century = 1 if person["dob"].year < 2000 else 5
    county = f"{chance.between(1, 46):02}"
    return str(century + chance.below(2)) + yymmdd(person) + county + chance.digits(3)


def aadhaar(d):
    return len(d) == 12 and d[0] not in "01" and verhoeff(d)


def luhn_of(n):
    return lambda d: len(d) == n and d.isdigit() and luhn(d)


def length(n):
    return lambda d: len(d) == n


IDS = {
    "us_ssn": (ssn_made, ssn),
    "gb_nino": (nino_made, nino),
    "gb_nhs": (ending(digits_only(9, "4679"), nhs), nhs),
    "de_steuerid": (ending(steuer_body, steuer), steuer),
    "de_kvnr": (ending(lambda c, p: c.one("ABCDEFGHKLMNPRSTVWXYZ") + c.digits(8), kvnr), kvnr),
    "at_svnr": (svnr_made, svnr),
    "ch_ahv": (ending(lambda c, p: "756" + c.digits(9), ahv), ahv),
    "fr_nir": (nir_made, nir),
    "es_dni": (ending(digits_only(8), dni, "TRWAGMYFPDXBNJZSQVHLCKE"), dni),
    "es_nie": (ending(lambda c, p: c.one("XYZ") + c.digits(7), nie,
                      "TRWAGMYFPDXBNJZSQVHLCKE"), nie),
    "it_cf": (ending(fiscal_body, fiscal, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), fiscal),
    "pt_nif": (ending(digits_only(8, "12"), nif_pt), nif_pt),
    "nl_bsn": (ending(digits_only(8, "123456789"), bsn), bsn),
    "be_nn": (belgian_made, belgian),
    "pl_pesel": (ending(lambda c, p: yymmdd(p) + c.digits(4), pesel), pesel),
    "pl_nip": (ending(digits_only(9, "56789"), nip), nip),
    "cz_rc": (ending(czech_body, czech), czech),
    "se_pn": (ending(lambda c, p: yymmdd(p) + c.digits(3), luhn_of(10)), luhn_of(10)),
    "dk_cpr": (born("%d%m%y", 4), length(10)),
    "fi_hetu": (hetu_made, hetu),
    "no_fnr": (two(fnr, lambda c, p: f"{p['dob']:%d%m%y}" + c.digits(3, "01234")), fnr),
    "tr_tckn": (two(tckn, digits_only(9, "123456789")), tckn),
    "ru_inn": (two(inn12, digits_only(10, "57")), inn12),
    "ru_snils": (two(snils, digits_only(9, "1")), snils),
    "ua_rnokpp": (ending(digits_only(9, "23"), rnokpp), rnokpp),
    "gr_afm": (ending(digits_only(8, "01"), afm), afm),
    "gr_amka": (ending(lambda c, p: f"{p['dob']:%d%m%y}" + c.digits(4), luhn_of(11)),
                luhn_of(11)),
    "hu_taj": (ending(digits_only(8), taj), taj),
    "ro_cnp": (ending(cnp_body, cnp), cnp),
    "bg_egn": (ending(lambda c, p: yymmdd(p) + c.digits(3), egn), egn),
    "hr_oib": (ending(digits_only(10), oib), oib),
    "ee_ik": (ending(baltic_body, baltic), baltic),
    "jp_mynumber": (ending(digits_only(11), mynumber), mynumber),
    "cn_rid": (ending(lambda c, p: c.one(["110101", "310104", "440305", "510107"])
                      + f"{p['dob']:%Y%m%d}" + c.digits(3), resident, "0123456789X"), resident),
    "kr_rrn": (ending(lambda c, p: yymmdd(p) + c.digits(6, "12"), rrn), rrn),
    "sa_id": (ending(digits_only(9, "12"), luhn_of(10)), luhn_of(10)),
    "il_id": (ending(digits_only(8, "0123"), luhn_of(9)), luhn_of(9)),
    "in_aadhaar": (ending(digits_only(11, "23456789"), aadhaar), aadhaar),
    "in_pan": (pan_made, pan),
    "id_nik": (nik_made, length(16)),
    "br_cpf": (two(cpf, digits_only(9)), cpf),
    "mx_curp": (ending(curp_body, curp), curp),
    "ar_cuit": (ending(lambda c, p: c.one(["20", "23", "27"]) + c.digits(8), cuit), cuit),
    "cl_rut": (ending(digits_only(8, "12"), rut, "0123456789K"), rut),
    "au_tfn": (ending(digits_only(8, "1234"), tfn), tfn),
    "au_medicare": (medicare_made, medicare),
    "ca_sin": (ending(digits_only(8, "1234567"), luhn_of(9)), luhn_of(9)),
    "za_id": (ending(lambda c, p: yymmdd(p) + c.digits(4) + "08", luhn_of(13)), luhn_of(13)),
    "th_id": (ending(digits_only(12, "123"), thai), thai),
    "sg_nric": (ending(lambda c, p: c.one("ST") + c.digits(7), nric, "ABCDEFGHIJZ"), nric),
    "ie_pps": (ending(digits_only(7), pps, "ABCDEFGHIJKLMNOPQRSTUVW"), pps),
}

# How people write them, where not as they are: `#` takes the next character.
WRITTEN = {
    "us_ssn": "###-##-####", "fr_nir": "# ## ## ## ### ### ##", "br_cpf": "###.###.###-##",
    "ch_ahv": "###.####.####.##", "se_pn": "######-####", "dk_cpr": "######-####",
    "cz_rc": "######/####", "ru_snils": "###-###-### ##", "cl_rut": "########-#",
    "ar_cuit": "##-########-#", "pl_nip": "###-###-##-##", "in_aadhaar": "#### #### ####",
    "kr_rrn": "######-#######", "gb_nhs": "### ### ####", "ca_sin": "### ### ###",
    "be_nn": "##.##.##-###.##", "jp_mynumber": "#### #### ####", "gb_nino": "## ## ## ## #",
    "nl_bsn": "####.##.###",
}

# The one of a person, by where they live.
OF_LOCALE = {
    "en_US": "us_ssn", "en_GB": "gb_nino", "en_IN": "in_pan", "en_NG": "za_id",
    "de_DE": "de_steuerid", "de_AT": "at_svnr", "fr_FR": "fr_nir", "fr_CA": "ca_sin",
    "es_ES": "es_dni", "es_MX": "mx_curp", "pt_BR": "br_cpf", "pt_PT": "pt_nif",
    "it_IT": "it_cf", "nl_NL": "nl_bsn", "pl_PL": "pl_pesel", "cs_CZ": "cz_rc",
    "sv_SE": "se_pn", "da_DK": "dk_cpr", "fi_FI": "fi_hetu", "no_NO": "no_fnr",
    "tr_TR": "tr_tckn", "ru_RU": "ru_inn", "uk_UA": "ua_rnokpp", "el_GR": "gr_afm",
    "hu_HU": "hu_taj", "ro_RO": "ro_cnp", "ja_JP": "jp_mynumber", "zh_CN": "cn_rid",
    "ko_KR": "kr_rrn", "ar_SA": "sa_id", "he_IL": "il_id", "hi_IN": "in_aadhaar",
    "hr_HR": "hr_oib", "id_ID": "id_nik",
}


def written(name, bare):
    if name not in WRITTEN:
        return bare
    left = iter(bare)
    return "".join(next(left) if c == "#" else c for c in WRITTEN[name])


IBANS = {"DE": 18, "AT": 16, "FR": 23, "ES": 20, "NL": "AAAA10", "GB": "AAAA14", "IT": "A22",
         "PL": 24, "PT": 21, "BE": 12, "CH": 17, "SE": 20, "DK": 14, "FI": 14, "NO": 11,
         "CZ": 20, "HU": 24, "RO": "AAAA16", "TR": 22, "GR": 23, "HR": 17, "SA": 20, "IL": 19}


def iban_value(text):
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97


def iban_made(chance, country):
    shape = IBANS[country]
    if isinstance(shape, int):
        body = chance.digits(shape)
    else:
        letters = shape.count("A")
        body = chance.word(letters, "ABCDEFGHKLMNRST") + chance.digits(int(shape[letters:]))
    check = 98 - iban_value(f"{country}00{body}")
    return f"{country}{check:02}{body}"


def iban(text):
    return len(text) > 14 and text[:2].isalpha() and text.isalnum() and iban_value(text) == 1


BRANDS = [("4", 16), ("51", 16), ("53", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15),
          ("6011", 16), ("3528", 16), ("36", 14), ("5018", 16), ("62", 16)]


def card_made(chance):
    prefix, n = chance.one(BRANDS[:3] * 3 + BRANDS)
    return luhned(prefix + chance.digits(n - len(prefix) - 1))


def vin_value(text):
    table = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9,
                                                 2, 3, 4, 5, 6, 7, 8, 9]))
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    total = sum((int(c) if c.isdigit() else table[c]) * w for c, w in zip(text, weights))
    return "0123456789X"[total % 11]


def vin(text):
    return len(text) == 17 and vin_value(text) == text[8]


def vin_made(chance):
    body = (chance.one(["1HG", "1FT", "2T1", "3VW", "5YJ", "1G1"])
            + chance.word(6, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
            + chance.one("HJKLMNP") + chance.one("ABCDEFG") + chance.digits(6))
    return body[:8] + vin_value(body) + body[9:]


def imei_made(chance):
    return luhned(chance.one(["35", "86", "01"]) + chance.digits(12))


def self_test():
    """Every maker passes its own test, and chance does not."""
    from chance import Chance
    chance = Chance("ids")
    for name, (make, test) in IDS.items():
        person = {"dob": datetime.date(1950 + chance.below(50), 1 + chance.below(12), 5)}
        for _ in range(50):
            value = make(chance, person)
            assert test(value), (name, value)
    for country in IBANS:
        assert iban(iban_made(chance, country)), country
    assert all(vin(vin_made(chance)) for _ in range(50))
    assert all(luhn(card_made(chance)) for _ in range(50))


if __name__ == "__main__":
    self_test()
    print(len(IDS), "kinds of number,", len(IBANS), "kinds of IBAN")
