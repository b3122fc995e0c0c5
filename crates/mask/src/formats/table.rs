//! The kinds of identifiers we know, one row each.
//!
//! Sources are the published rules of the issuing offices; where an office publishes none, what
//! its numbers show. Odds are of texts of the right structure, dates included.
// tidy: table — one row a kind of identifier.

use model::Class;

use super::alphabet::digit;
use super::calendar::{Dating, PLAIN};
use super::checks as c;
use super::{Check, Format, iban, wallet, zone};

const fn row(name: &'static str, class: Class, structures: &'static [&'static str]) -> Format {
    Format {
        accepts: c::any,
        check: Check::Nothing,
        class,
        country: "",
        dating: PLAIN,
        groups: &[],
        name,
        odds: 1,
        separators: " -",
        structures,
        words: &[],
    }
}

impl Format {
    const fn of(mut self, country: &'static str) -> Self {
        self.country = country;
        self
    }

    const fn checked(mut self, fill: fn(&mut [u8]) -> bool, odds: u32) -> Self {
        self.check = Check::Places(fill);
        self.odds = odds;
        self
    }

    const fn whole(mut self, mended: fn(&str) -> Option<String>, odds: u32) -> Self {
        self.check = Check::Whole(mended);
        self.odds = odds;
        self
    }

    const fn odds(mut self, odds: u32) -> Self {
        self.odds = odds;
        self
    }

    const fn if_so(mut self, accepts: fn(&[u8]) -> bool) -> Self {
        self.accepts = accepts;
        self
    }

    const fn parted(mut self, separators: &'static str, groups: &'static [usize]) -> Self {
        self.separators = separators;
        self.groups = groups;
        self
    }

    const fn dated(mut self, months: &'static [u32], days: &'static [u32]) -> Self {
        self.dating = Dating { days, months };
        self
    }

    const fn beside(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }
}

use Class::{
    BankAccount, CardNumber, CryptoWallet, DeviceId, Iban, MedicalId, NationalId, Passport,
    VehicleId,
};

/// Every kind. Within a length the surer stand first.
#[rustfmt::skip]
pub static FORMATS: &[Format] = &[
    // What the world shares.
    row("iban", Iban, &[]).whole(iban::mended, 97 * 50).parted(" -.", &[4, 4, 4, 4, 4, 4, 4, 4, 4]).beside(&["iban"]),
    row("mrz", Passport, &[]).whole(zone::mended, 100_000).beside(&["mrz"]),
    row("crypto.base58", CryptoWallet, &[]).whole(wallet::base58, 1_000_000).beside(&["wallet", "btc", "bitcoin", "address"]),
    row("crypto.bech32", CryptoWallet, &[]).whole(wallet::bech32, 1_000_000).beside(&["wallet", "btc", "bitcoin"]),
    row("crypto.ethereum", CryptoWallet, &[]).whole(wallet::ethereum, 1_000_000).beside(&["wallet", "eth", "ethereum"]),
    row("card", CardNumber, &["9999999999999#", "99999999999999#", "999999999999999#", "9999999999999999#", "99999999999999999#", "999999999999999999#"]).checked(c::luhn, 20).if_so(c::is_card).parted(" -.", &[4, 4, 4, 4]).beside(&["card", "credit", "debit", "visa", "mastercard", "amex", "pan", "cc", "karte", "kreditkarte", "carte", "tarjeta", "cartao", "cartão", "carta", "карта", "卡号", "カード"]),
    row("imei", DeviceId, &["99999999999999#"]).checked(c::luhn, 10).if_so(c::varies).parted(" -/", &[2, 6, 6, 1]).beside(&["imei", "device", "handset", "phone"]),
    row("iccid", DeviceId, &["[8][9]9999999999999999#", "[8][9]99999999999999999#"]).checked(c::luhn, 1000).beside(&["iccid", "sim"]),
    row("imsi", DeviceId, &["[234567]99999999999999"]).beside(&["imsi"]),
    row("vin", VehicleId, &["[ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789]#[ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789][ABCDEFGHJKLMNPRSTUVWXYZ0123456789]9999"]).checked(c::vin, 200).if_so(c::is_vin).parted("", &[]).beside(&["vin", "chassis", "vehicle", "fahrgestellnummer", "fin"]),

    // The Americas.
    row("us.ssn", NationalId, &["999999999"]).of("US").if_so(c::is_ssn).parted("- .", &[3, 2, 4]).beside(&["ssn", "social", "socials", "itin", "taxpayer", "seguro"]),
    row("us.itin", NationalId, &["[9]99999999"]).of("US").if_so(c::is_itin).odds(25).parted("- ", &[3, 2, 4]).beside(&["itin", "taxpayer", "tin"]),
    row("us.ein", NationalId, &["999999999"]).of("US").if_so(c::is_ein).parted("- ", &[2, 7]).beside(&["ein", "fein", "employer"]),
    row("us.npi", MedicalId, &["[12]99999999#"]).of("US").checked(c::us_npi, 10).beside(&["npi", "provider"]),
    row("us.dea", MedicalId, &["[ABCDEFGHJKLMPRSTUX][ABCDEFGHIJKLMNOPQRSTUVWXYZ9]999999#"]).of("US").checked(c::us_dea, 200).beside(&["dea", "prescriber"]),
    row("us.mbi", MedicalId, &["[123456789][ACDEFGHJKMNPQRTUVWXY][0123456789ACDEFGHJKMNPQRTUVWXY]9[ACDEFGHJKMNPQRTUVWXY][0123456789ACDEFGHJKMNPQRTUVWXY]9[ACDEFGHJKMNPQRTUVWXY][ACDEFGHJKMNPQRTUVWXY]99"]).of("US").odds(1000).parted("- ", &[4, 3, 4]).beside(&["mbi", "medicare"]),
    row("us.routing", BankAccount, &["99999999#"]).of("US").checked(c::us_routing, 25).if_so(c::is_routing).beside(&["routing", "aba", "rtn"]),
    row("us.passport", Passport, &["999999999", "[ABCDEFGHXYZ]99999999"]).of("US").beside(&["passport"]),
    row("ca.sin", NationalId, &["[12345679]9999999#"]).of("CA").checked(c::luhn, 10).parted("- ", &[3, 3, 3]).beside(&["sin", "insurance", "nas", "assurance"]),
    row("mx.curp", NationalId, &["AAAAyymmdd[HMX]AAAAAX#"]).of("MX").checked(c::mx_curp, 1000).parted("", &[]).beside(&["curp"]),
    row("mx.rfc", NationalId, &["[ABCDEFGHIJKLMNOPQRSTUVWXYZ&]AAAyymmddXX#", "AA[ABCDEFGHIJKLMNOPQRSTUVWXYZ&]yymmddXX#"]).of("MX").checked(c::mx_rfc, 500).parted("- ", &[4, 6, 3]).beside(&["rfc"]),
    row("mx.clabe", BankAccount, &["99999999999999999#"]).of("MX").checked(c::mx_clabe, 10).beside(&["clabe", "cuenta", "interbancaria"]),
    row("br.cpf", NationalId, &["999999999##"]).of("BR").checked(c::br_cpf, 100).if_so(c::varies).parted(".- ", &[3, 3, 3, 2]).beside(&["cpf", "contribuinte"]),
    row("br.cnpj", NationalId, &["XXXXXXXXXXXX##"]).of("BR").checked(c::br_cnpj, 100).if_so(c::varies).parted("./- ", &[2, 3, 3, 4, 2]).beside(&["cnpj"]),
    row("br.pis", NationalId, &["9999999999#"]).of("BR").checked(|t| c::complement_11(t, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 0), 11).if_so(c::varies).parted(".- ", &[3, 5, 2, 1]).beside(&["pis", "pasep", "nis"]),
    row("br.cns", MedicalId, &["[12789]9999999999999#"]).of("BR").checked(c::br_cns, 20).parted(" ", &[3, 4, 4, 4]).beside(&["cns", "sus", "saude", "saúde"]),
    row("cl.rut", NationalId, &["9999999#", "99999999#"]).of("CL").checked(c::cl_rut, 11).parted(".-", &[2, 3, 3, 1]).beside(&["rut", "run"]),
    row("ar.cuit", NationalId, &["9999999999#"]).of("AR").checked(|t| c::complement_11(t, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 9), 100).if_so(c::is_cuit).parted("- ", &[2, 8, 1]).beside(&["cuit", "cuil"]),
    row("ar.dni", NationalId, &["9999999", "99999999"]).of("AR").parted(".", &[2, 3, 3]).beside(&["dni", "documento"]),
    row("uy.ci", NationalId, &["9999999#"]).of("UY").checked(|t| c::complement_10(t, &[2, 9, 8, 7, 6, 3, 4]), 10).parted(".-", &[1, 3, 3, 1]).beside(&["ci", "cedula", "cédula"]),
    row("ec.ci", NationalId, &["999999999#"]).of("EC").checked(c::luhn, 60).if_so(c::is_ec_province).parted("-", &[9, 1]).beside(&["ci", "cedula", "cédula"]),
    row("co.nit", NationalId, &["[123456789]99999999#"]).of("CO").checked(c::co_nit, 11).parted(".-", &[3, 3, 3, 1]).beside(&["nit", "tributaria"]),
    row("co.cedula", NationalId, &["[123456789]9999999", "[1]999999999"]).of("CO").parted(".", &[1, 3, 3, 3]).beside(&["cedula", "cédula", "ciudadania", "ciudadanía"]),
    row("do.cedula", NationalId, &["9999999999#"]).of("DO").checked(c::luhn, 10).if_so(c::varies).parted("-", &[3, 7, 1]).beside(&["cedula", "cédula"]),
    row("pe.ruc", NationalId, &["[12][0567]99999999#"]).of("PE").checked(c::pe_ruc, 100).beside(&["ruc"]),
    row("pe.dni", NationalId, &["99999999"]).of("PE").beside(&["dni"]),
    row("ve.ci", NationalId, &["[VE]9999999", "[VE]99999999"]).of("VE").odds(30).parted(".-", &[1, 2, 3, 3]).beside(&["cedula", "cédula", "ci"]),

    // The British Isles.
    row("gb.nino", NationalId, &["[ABCEGHJKLMNOPRSTWXYZ][ABCEGHJKLMNPRSTWXYZ]999999[ABCD]"]).of("GB").if_so(c::is_nino).odds(200).parted(" -", &[2, 2, 2, 2, 1]).beside(&["nino", "insurance", "ni"]),
    row("gb.nhs", MedicalId, &["999999999#"]).of("GB").checked(c::gb_nhs, 11).if_so(c::varies).parted(" -", &[3, 3, 4]).beside(&["nhs"]),
    row("gb.utr", NationalId, &["#999999999"]).of("GB").checked(c::gb_utr, 11).parted(" ", &[5, 5]).beside(&["utr", "taxpayer"]),
    row("gb.driver", Passport, &["[ABCDEFGHIJKLMNOPQRSTUVWXYZ][ABCDEFGHIJKLMNOPQRSTUVWXYZ9][ABCDEFGHIJKLMNOPQRSTUVWXYZ9][ABCDEFGHIJKLMNOPQRSTUVWXYZ9][ABCDEFGHIJKLMNOPQRSTUVWXYZ9]9[0156][0123456789][0123]99A[ABCDEFGHIJKLMNOPQRSTUVWXYZ9]XAA"]).of("GB").odds(10_000).parted(" ", &[5, 6, 5]).beside(&["driving", "driver", "licence"]),
    row("gb.sort_code", BankAccount, &["999999"]).of("GB").parted("- ", &[2, 2, 2]).beside(&["sort"]),
    row("ie.pps", NationalId, &["9999999#", "9999999#[ABCDEFGHIW]"]).of("IE").checked(c::ie_pps, 23).parted("", &[]).beside(&["pps", "ppsn"]),

    // Western Europe.
    row("es.dni", NationalId, &["99999999#"]).of("ES").checked(c::es_dni, 60).parted("-. ", &[8, 1]).beside(&["dni", "nif"]),
    row("es.nie", NationalId, &["[XYZ]9999999#"]).of("ES").checked(c::es_nie, 500).parted("-. ", &[1, 7, 1]).beside(&["nie", "nif"]),
    row("es.cif", NationalId, &["[ABCDEFGHJKLMNPQRSUVW]9999999#"]).of("ES").checked(c::es_cif, 20).parted("-. ", &[1, 7, 1]).beside(&["cif", "nif"]),
    row("es.nss", NationalId, &["9999999999##"]).of("ES").checked(c::es_nss, 97).if_so(c::varies).parted(" /-", &[2, 8, 2]).beside(&["nss", "seguridad", "afiliacion", "afiliación"]),
    row("pt.cc", NationalId, &["999999999XX#"]).of("PT").checked(c::pt_cc, 20).parted(" ", &[8, 1, 3]).beside(&["cc", "cidadao", "cidadão"]),
    row("pt.nif", NationalId, &["[1235689]9999999#"]).of("PT").checked(c::pt_nif, 14).parted(" ", &[3, 3, 3]).beside(&["nif", "contribuinte"]),
    row("fr.nir", NationalId, &["[123478]9999[0123456789][0123456789AB]999999##"]).of("FR").checked(c::fr_nir, 1000).if_so(c::is_nir).parted(" .-", &[1, 2, 2, 2, 3, 3, 2]).beside(&["nir", "securite", "sécurité", "secu", "sécu", "insee", "vitale"]),
    row("fr.spi", NationalId, &["[0123]999999999###"]).of("FR").checked(c::fr_spi, 500).parted(" ", &[2, 2, 3, 3, 3]).beside(&["spi", "fiscal"]),
    row("it.fiscal", NationalId, &["AAAAAAXX[ABCDEHLMPRST]XXAXXX#"]).of("IT").checked(c::it_fiscal, 10_000).if_so(c::is_fiscal).parted(" ", &[3, 3, 5, 5]).beside(&["codice", "fiscale", "cf"]),
    row("it.iva", NationalId, &["9999999999#"]).of("IT").checked(c::luhn, 10).if_so(c::varies).parted("", &[]).beside(&["iva", "partita"]),
    row("de.steuer_id", NationalId, &["[123456789]999999999#"]).of("DE").checked(|t| c::mod_11_10(t, 0), 15).if_so(c::is_steuer_id).parted(" ", &[2, 3, 3, 3]).beside(&["steuer", "steuerid", "steueridentifikationsnummer", "idnr", "tin", "identifikationsnummer"]),
    row("de.kvnr", MedicalId, &["A99999999#"]).of("DE").checked(c::de_kvnr, 50).parted(" ", &[]).beside(&["kvnr", "krankenversicherungsnummer", "versichertennummer", "krankenkasse"]),
    row("de.rvnr", NationalId, &["99ddmmyyA99#"]).of("DE").checked(c::de_rvnr, 500).dated(&[0], &[0]).parted(" ", &[2, 6, 1, 3]).beside(&["rvnr", "sozialversicherungsnummer", "rentenversicherungsnummer", "svnr"]),
    row("de.idcard", NationalId, &["[CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ][0123456789CFGHJKLMNPRTVWXYZ]#"]).of("DE").checked(c::weights_731, 10).parted("", &[]).beside(&["ausweis", "personalausweis", "reisepass", "ausweisnummer"]),
    row("de.tax_number", NationalId, &["9999999999", "99999999999"]).of("DE").parted("/", &[3, 3, 5]).beside(&["steuernummer", "stnr"]),
    row("ch.ahv", NationalId, &["[7][5][6]999999999#"]).of("CH").checked(c::ean, 10_000).parted(". ", &[3, 4, 4, 2]).beside(&["ahv", "avs"]),
    row("at.svnr", NationalId, &["[123456789]99#ddmmyy"]).of("AT").checked(c::at_svnr, 300).dated(&[0, 1, 2, 3], &[0]).parted(" -", &[4, 6]).beside(&["svnr", "sozialversicherungsnummer"]),
    row("nl.bsn", NationalId, &["99999999#"]).of("NL").checked(c::nl_bsn, 11).if_so(c::varies).parted(". ", &[4, 2, 3]).beside(&["bsn", "burgerservicenummer", "sofi"]),
    row("be.national", NationalId, &["yymmdd999##"]).of("BE").checked(c::be_national, 1500).dated(&[0, 20, 40], &[0]).parted(".- ", &[2, 2, 2, 3, 2]).beside(&["rijksregister", "rijksregisternummer", "insz", "niss", "national"]),
    row("lu.national", NationalId, &["yyyymmdd999##"]).of("LU").checked(c::lu_national, 10_000).parted(" ", &[4, 4, 5]).beside(&["matricule"]),

    // The north.
    row("se.national", NationalId, &["yymmdd999#", "[1][9]yymmdd999#", "[2][0]yymmdd999#"]).of("SE").checked(|t| { let from = t.len().saturating_sub(10); c::luhn_at(t, from, from + 9) }, 250).dated(&[0], &[0, 60]).parted("-+ ", &[6, 4]).beside(&["personnummer", "pnr", "samordningsnummer"]),
    row("no.national", NationalId, &["ddmmyy999##"]).of("NO").checked(c::no_national, 3000).dated(&[0, 40, 80], &[0, 40]).parted(" ", &[6, 5]).beside(&["fodselsnummer", "fødselsnummer", "personnummer", "fnr"]),
    row("dk.cpr", NationalId, &["ddmmyy9999"]).of("DK").odds(27).dated(&[0], &[0, 60]).parted("- ", &[6, 4]).beside(&["cpr", "personnummer"]),
    row("fi.hetu", NationalId, &["ddmmyy[-+ABCDEFYXWVU]999#"]).of("FI").checked(c::fi_national, 10_000).parted("", &[]).beside(&["hetu", "henkilotunnus", "henkilötunnus"]),
    row("is.kennitala", NationalId, &["ddmmyy99#9"]).of("IS").checked(|t| c::complement_11(t, &[3, 2, 7, 6, 5, 4, 3, 2], 10), 1000).if_so(c::is_kennitala).dated(&[0], &[0, 40]).parted("- ", &[6, 4]).beside(&["kennitala"]),
    row("ee.isikukood", NationalId, &["[12345678]yymmdd999#"]).of("EE").checked(c::baltic, 300).parted("", &[]).beside(&["isikukood", "ik"]),
    row("lt.asmens", NationalId, &["[123456]yymmdd999#"]).of("LT").checked(c::baltic, 300).parted("", &[]).beside(&["asmens", "kodas"]),
    row("lv.national", NationalId, &["ddmmyy[0123456789]999#"]).of("LV").checked(c::lv_national, 270).parted("- ", &[6, 5]).beside(&["personas", "kods"]),

    // Central and eastern Europe.
    row("pl.pesel", NationalId, &["yymmdd9999#"]).of("PL").checked(|t| c::complement_10(t, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]), 50).dated(&[0, 20, 40, 60, 80], &[0]).parted("", &[]).beside(&["pesel"]),
    row("pl.nip", NationalId, &["[123456789]99999999#"]).of("PL").checked(|t| { let rest = super::alphabet::weigh(t, 0, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11; digit(t, 9, rest) }, 11).if_so(c::varies).parted("- ", &[3, 3, 2, 2]).beside(&["nip"]),
    row("pl.regon", NationalId, &["99999999#"]).of("PL").checked(|t| c::rest_11(t, &[8, 9, 2, 3, 4, 5, 6, 7]), 11).if_so(c::varies).parted("", &[]).beside(&["regon"]),
    row("pl.idcard", NationalId, &["AAA#99999"]).of("PL").checked(c::pl_idcard, 10).parted(" ", &[3, 6]).beside(&["dowod", "dowód", "dowodu"]),
    row("cz.national", NationalId, &["yymmdd999", "yymmdd999#"]).of("CZ").checked(c::cz_national, 200).if_so(c::is_rodne_cislo).dated(&[0, 20, 50, 70], &[0]).parted("/ ", &[6, 4]).beside(&["rodne", "rodné", "cislo", "číslo"]),
    row("hu.taj", MedicalId, &["99999999#"]).of("HU").checked(|t| { let rest = super::alphabet::weigh(t, 0, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10; digit(t, 8, rest) }, 10).if_so(c::varies).parted(" -", &[3, 3, 3]).beside(&["taj"]),
    row("hu.tax", NationalId, &["[8]99999999#"]).of("HU").checked(c::hu_tax, 110).parted(" ", &[]).beside(&["adoazonosito", "adóazonosító"]),
    row("ro.cnp", NationalId, &["[123456789]yymmdd99999#"]).of("RO").checked(c::ro_cnp, 300).parted("", &[]).beside(&["cnp"]),
    row("bg.egn", NationalId, &["yymmdd999#"]).of("BG").checked(|t| c::rest_11(t, &[2, 4, 8, 5, 10, 9, 7, 3, 6]), 120).dated(&[0, 20, 40], &[0]).parted("", &[]).beside(&["egn", "егн"]),
    row("hr.oib", NationalId, &["9999999999#"]).of("HR").checked(|t| c::mod_11_10(t, 0), 10).if_so(c::varies).parted("", &[]).beside(&["oib"]),
    row("rs.jmbg", NationalId, &["ddmmyyy99999#"]).of("RS").checked(|t| c::complement_11(t, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 10), 300).parted("", &[]).beside(&["jmbg", "emso", "emšo", "jmb", "maticni", "matični"]),
    row("gr.amka", NationalId, &["ddmmyy9999#"]).of("GR").checked(c::luhn, 270).parted("", &[]).beside(&["amka", "αμκα"]),
    row("gr.afm", NationalId, &["99999999#"]).of("GR").checked(|t| c::rest_11(t, &[256, 128, 64, 32, 16, 8, 4, 2]), 10).if_so(c::varies).parted("", &[]).beside(&["afm", "αφμ"]),
    row("cy.tic", NationalId, &["99999999#"]).of("CY").checked(c::cy_tic, 60).parted("", &[]).beside(&["tic"]),
    row("ru.inn", NationalId, &["999999999#", "9999999999##"]).of("RU").checked(c::ru_inn, 11).if_so(c::varies).parted("", &[]).beside(&["inn", "инн"]),
    row("ru.snils", NationalId, &["999999999##"]).of("RU").checked(c::ru_snils, 100).if_so(c::varies).parted("- ", &[3, 3, 3, 2]).beside(&["snils", "снилс"]),
    row("ru.passport", Passport, &["9999999999"]).of("RU").parted(" №", &[4, 6]).beside(&["паспорт", "паспорта"]),
    row("ua.tax", NationalId, &["999999999#"]).of("UA").checked(c::ua_tax, 10).if_so(c::varies).parted("", &[]).beside(&["рнокпп", "ідентифікаційний", "rntrc", "іпн"]),
    row("kz.iin", NationalId, &["yymmdd[0123456]9999#"]).of("KZ").checked(c::kz_iin, 400).parted("", &[]).beside(&["iin", "иин", "жсн"]),

    // The Middle East and Africa.
    row("tr.tckn", NationalId, &["[123456789]99999999##"]).of("TR").checked(c::tr_national, 100).parted(" ", &[]).beside(&["tc", "tckn", "kimlik"]),
    row("il.tz", NationalId, &["99999999#"]).of("IL").checked(c::luhn, 10).if_so(c::varies).parted("-", &[8, 1]).beside(&["teudat", "zehut", "ת.ז", "תעודת", "זהות", "tz"]),
    row("ae.id", NationalId, &["[7][8][4][12]9999999999#"]).of("AE").checked(c::luhn, 10_000).parted("- ", &[3, 4, 7, 1]).beside(&["emirates", "eid", "هوية"]),
    row("sa.id", NationalId, &["[12]99999999#"]).of("SA").checked(c::luhn, 50).parted("", &[]).beside(&["iqama", "هوية", "الهوية"]),
    row("eg.id", NationalId, &["[23]yymmdd9999999"]).of("EG").odds(135).parted(" ", &[]).beside(&["القومي", "قومي"]),
    row("kw.id", NationalId, &["[123]yymmdd9999#"]).of("KW").checked(|t| { let rest = super::alphabet::weigh(t, 0, &[2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11; digit(t, 11, 11 - rest) }, 900).parted("", &[]).beside(&["civil"]),
    row("ir.national", NationalId, &["999999999#"]).of("IR").checked(c::ir_national, 11).if_so(c::varies).parted("-", &[3, 6, 1]).beside(&["melli", "ملی"]),
    row("za.id", NationalId, &["yymmdd9999[012][0123456789]#"]).of("ZA").checked(c::luhn, 800).parted(" ", &[6, 4, 2, 1]).beside(&["id", "identity"]),
    row("ng.nin", NationalId, &["99999999999"]).of("NG").parted(" -", &[4, 3, 4]).beside(&["nin", "bvn"]),

    // Asia and the Pacific.
    row("in.aadhaar", NationalId, &["[23456789]9999999999#"]).of("IN").checked(c::verhoeff, 12).if_so(c::varies).parted(" -", &[4, 4, 4]).beside(&["aadhaar", "aadhar", "uid", "uidai", "आधार"]),
    row("in.pan", NationalId, &["AAA[ABCFGHLJPT]A9999A"]).of("IN").odds(2000).parted("", &[]).beside(&["pan"]),
    row("in.gstin", NationalId, &["99AAAAA9999AX[Z]#"]).of("IN").checked(c::in_gstin, 100_000).parted("", &[]).beside(&["gstin", "gst"]),
    row("in.voter", NationalId, &["AAA999999#"]).of("IN").checked(|t| c::luhn_at(t, 3, 9), 10).parted("", &[]).beside(&["epic", "voter"]),
    row("in.ifsc", BankAccount, &["AAAA[0]XXXXXX"]).of("IN").odds(30).parted("", &[]).beside(&["ifsc"]),
    row("pk.cnic", NationalId, &["9999999999999"]).of("PK").parted("-", &[5, 7, 1]).beside(&["cnic", "nadra"]),
    row("lk.nic", NationalId, &["999999999[VX]", "[12]99999999999"]).of("LK").parted("", &[]).beside(&["nic"]),
    row("cn.resident", NationalId, &["[123456789]99999yyyymmdd999#"]).of("CN").checked(c::cn_resident, 5000).if_so(c::is_of_our_time).parted("", &[]).beside(&["身份证", "身份证号", "公民身份", "sfz", "shenfenzheng"]),
    row("tw.national", NationalId, &["A[1289]9999999#"]).of("TW").checked(c::tw_national, 60).parted("", &[]).beside(&["身分證", "身份證"]),
    row("hk.id", NationalId, &["A999999#", "AA999999#"]).of("HK").checked(c::hk_id, 15).parted("()", &[7, 1]).beside(&["hkid", "身份證"]),
    row("sg.nric", NationalId, &["[STFGM]9999999#"]).of("SG").checked(c::sg_nric, 120).parted("", &[]).beside(&["nric", "fin", "uin"]),
    row("my.nric", NationalId, &["yymmdd999999"]).of("MY").odds(27).parted("-", &[6, 2, 4]).beside(&["mykad", "nric", "ic", "kad"]),
    row("id.nik", NationalId, &["[123456789]99999ddmmyy9999"]).of("ID").odds(27).dated(&[0], &[0, 40]).parted(".", &[6, 6, 4]).beside(&["nik", "ktp"]),
    row("th.national", NationalId, &["[12345678]99999999999#"]).of("TH").checked(c::th_national, 14).parted("- ", &[1, 4, 5, 2, 1]).beside(&["บัตรประชาชน", "ประชาชน", "citizen"]),
    row("vn.cccd", NationalId, &["[0]99[0123456789]99999999"]).of("VN").parted(" ", &[]).beside(&["cccd", "cmnd", "căn", "chứng"]),
    row("ph.sss", NationalId, &["9999999999"]).of("PH").parted("-", &[2, 7, 1]).beside(&["sss"]),
    row("jp.my_number", NationalId, &["99999999999#"]).of("JP").checked(c::jp_my_number, 10).if_so(c::varies).parted(" -", &[4, 4, 4]).beside(&["マイナンバー", "個人番号"]),
    row("kr.rrn", NationalId, &["yymmdd[12345678]999999"]).of("KR").odds(35).parted("- ", &[6, 7]).beside(&["주민등록번호", "주민번호", "rrn", "주민"]),
    row("au.tfn", NationalId, &["99999999#"]).of("AU").checked(c::au_tfn, 11).if_so(c::varies).parted(" -", &[3, 3, 3]).beside(&["tfn", "taxfile", "tax"]),
    row("au.medicare", MedicalId, &["[23456]9999999#[123456789]", "[23456]9999999#99"]).of("AU").checked(c::au_medicare, 20).parted(" -/", &[4, 5, 1]).beside(&["medicare"]),
    row("au.bsb", BankAccount, &["999999"]).of("AU").parted("- ", &[3, 3]).beside(&["bsb"]),
    row("nz.ird", NationalId, &["9999999#", "99999999#"]).of("NZ").checked(c::nz_ird, 40).if_so(c::is_ird).parted("- ", &[3, 3, 3]).beside(&["ird", "inland"]),
    row("nz.nhi", MedicalId, &["[ABCDEFGHJKLMNPQRSTUVWXYZ][ABCDEFGHJKLMNPQRSTUVWXYZ][ABCDEFGHJKLMNPQRSTUVWXYZ]999#"]).of("NZ").checked(c::nz_nhi, 11).parted("", &[]).beside(&["nhi"]),
];
