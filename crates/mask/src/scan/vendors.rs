//! Keys of vendors, by the prefix they give them.
//!
//! A row says what follows the prefix and how much of it there is at least. Test values are put
//! together from parts, so that no scanner takes this repository for a leak.
// tidy: table — one row a kind of key.

/// What a key's body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// Letters, digits and `- _ . + / = ~ : $ !`.
    Any,
    /// Hexadecimal digits.
    Hex,
    /// Capitals and digits.
    Upper,
    /// Letters, digits, `-` and `_`.
    Url,
}

use Body::{Any, Hex, Upper, Url};

/// Prefix, least length of the body, its alphabet.
#[rustfmt::skip]
pub(super) const VENDORS: &[(&str, usize, Body)] = &[
    // Clouds.
    ("AKIA", 16, Upper), ("ASIA", 16, Upper), ("ABIA", 16, Upper), ("ACCA", 16, Upper), ("AGPA", 16, Upper), ("AIDA", 16, Upper), ("AROA", 16, Upper), ("AIPA", 16, Upper), ("ANPA", 16, Upper), ("ANVA", 16, Upper), ("APKA", 16, Upper),
    ("AIza", 30, Url), ("ya29.", 20, Any), ("GOCSPX-", 20, Url), ("1//0", 30, Url), ("AAAA", 100, Any),
    ("LTAI", 12, Url), ("AKID", 13, Url), ("AQVN", 35, Url), ("ocid1.", 30, Any), ("dop_v1_", 40, Hex), ("doo_v1_", 40, Hex), ("dor_v1_", 40, Hex), ("HRKU-", 30, Url), ("nfp_", 20, Url), ("fo1_", 20, Url), ("fm1_", 20, Any), ("fm2_", 20, Any), ("FlyV1", 20, Any), ("rnd_", 20, Url), ("pscale_", 20, Any), ("sbp_", 30, Url), ("sb_secret_", 20, Url), ("neon_", 20, Url), ("PKSP", 20, Upper), ("bkua_", 30, Url), ("tskey-", 15, Url), ("v1.0-", 100, Url), ("CLOUDFLARE_", 30, Url), ("vercel_", 20, Url),
    // Code and packages.
    ("ghp_", 20, Url), ("gho_", 20, Url), ("ghu_", 20, Url), ("ghs_", 20, Url), ("ghr_", 20, Url), ("github_pat_", 20, Url), ("glpat-", 18, Any), ("gldt-", 18, Url), ("glrt-", 18, Any), ("glptt-", 18, Url), ("glcbt-", 18, Url), ("glsoat-", 18, Url), ("glft-", 18, Url), ("glimt-", 18, Url), ("glagent-", 18, Url), ("gloas-", 18, Url), ("glffct-", 18, Url), ("GR1348941", 18, Url), ("ATATT3", 40, Any), ("ATCTT3", 40, Any), ("ATBB", 24, Any), ("ATSTT3", 40, Any), ("npm_", 20, Url), ("pypi-", 16, Url), ("dckr_pat_", 16, Url), ("dckr_oat_", 16, Url), ("rubygems_", 20, Url), ("CLOJARS_", 30, Url), ("cio", 30, Url), ("sqp_", 30, Url), ("squ_", 30, Url), ("sqa_", 30, Url), ("CCIPAT_", 20, Url), ("CCIPRJ_", 20, Url), ("AKCp", 60, Url), ("cmVmdGtu", 50, Url), ("PMAK-", 24, Url), ("rdme_", 40, Url), ("sgp_", 30, Url), ("snyk_", 20, Url),
    // Money.
    ("sk_live_", 16, Url), ("sk_test_", 16, Url), ("rk_live_", 16, Url), ("rk_test_", 16, Url), ("pk_live_", 16, Url), ("pk_test_", 16, Url), ("whsec_", 16, Any), ("sq0atp-", 20, Url), ("sq0csp-", 20, Url), ("sq0idp-", 20, Url), ("EAAA", 50, Any), ("access_token$production$", 16, Any), ("access_token$sandbox$", 16, Any), ("rzp_live_", 12, Url), ("rzp_test_", 12, Url), ("access-production-", 30, Url), ("access-sandbox-", 30, Url), ("access-development-", 30, Url), ("FLWSECK", 16, Any), ("FLWPUBK", 16, Any), ("live_", 30, Url), ("test_", 30, Url), ("gocardless_", 20, Url), ("shippo_live_", 30, Url), ("shippo_test_", 30, Url), ("EZAK", 40, Url), ("EZTK", 40, Url), ("duffel_live_", 30, Url), ("duffel_test_", 30, Url), ("APP_USR-", 20, Url), ("TEST-", 50, Url),
    // Shops and talk.
    ("shpat_", 20, Hex), ("shpca_", 20, Hex), ("shppa_", 20, Hex), ("shpss_", 20, Hex), ("xoxb-", 16, Url), ("xoxp-", 16, Url), ("xoxa-", 16, Url), ("xoxr-", 16, Url), ("xoxs-", 16, Url), ("xoxe-", 16, Url), ("xoxe.", 16, Any), ("xoxc-", 16, Url), ("xoxd-", 16, Any), ("xapp-", 16, Url), ("SK", 32, Hex), ("AC", 32, Hex), ("SG.", 20, Any), ("key-", 32, Hex), ("pubkey-", 32, Hex), ("xkeysib-", 40, Url), ("md-", 20, Url), ("pat-na1-", 30, Url), ("pat-eu1-", 30, Url), ("EAA", 60, Url), ("IGQV", 60, Url), ("tfp_", 30, Any), ("sl.", 60, Url), ("secret_", 30, Url), ("ntn_", 20, Url), ("lin_api_", 20, Url), ("lin_oauth_", 20, Url), ("figd_", 20, Url), ("figo_", 20, Url), ("CFPAT-", 30, Url), ("aio_", 20, Url), ("sl.u.", 60, Url), ("dG9rO", 30, Any), ("ubm_", 20, Url), ("zpka_", 20, Url),
    // Models.
    ("sk-ant-", 16, Url), ("sk-proj-", 16, Url), ("sk-svcacct-", 16, Url), ("sk-admin-", 16, Url), ("sk-or-", 16, Url), ("sk-", 20, Url), ("hf_", 20, Url), ("api_org_", 20, Url), ("r8_", 30, Url), ("gsk_", 30, Url), ("pplx-", 30, Url), ("xai-", 30, Url), ("AIzaSy", 20, Url), ("lsv2_", 20, Url), ("pcsk_", 20, Url), ("tvly-", 20, Url), ("nvapi-", 20, Url), ("fw_", 20, Url), ("jina_", 20, Url), ("dapi", 32, Hex),
    // Watching and identity.
    ("NRAK-", 20, Upper), ("NRJS-", 16, Url), ("NRII-", 20, Url), ("NRRA-", 20, Url), ("NRIQ-", 20, Url), ("sntrys_", 20, Any), ("sntryu_", 20, Url), ("glc_", 20, Any), ("glsa_", 20, Url), ("eyJrIjoi", 30, Any), ("ddapi_", 20, Url), ("phc_", 30, Url), ("phx_", 30, Url), ("sdk-", 30, Url), ("mob-", 30, Url), ("api-", 36, Url), ("hvs.", 20, Any), ("hvb.", 20, Any), ("hvr.", 20, Any), ("pul-", 30, Hex), ("dp.pt.", 30, Url), ("dp.st.", 30, Any), ("dp.ct.", 30, Url), ("dp.sa.", 30, Url), ("dp.scim.", 30, Url), ("dp.audit.", 30, Url), ("ops_eyJ", 60, Any), ("A3-", 25, Upper), ("AGE-SECRET-KEY-1", 30, Upper), ("pnu_", 30, Url), ("ico-", 30, Url), ("waka_", 30, Url), ("ory_", 20, Any), ("SSWS", 30, Url), ("pk.eyJ", 30, Any), ("sk.eyJ", 30, Any), ("tk.eyJ", 30, Any), ("fio-u-", 30, Url), ("shp", 30, Hex), ("u+", 18, Url),
];

/// Keys that are told by what stands inside or behind: what, least length before, least after.
pub(super) const INFIXES: &[(&str, usize, usize)] =
    &[(".atlasv1.", 10, 40), ("8Q~", 3, 28), (":AA", 8, 30)];

/// Keys that have neither, by their whole form: Mailchimp, Airtable, Discord, and the secret half
/// of an AWS key, which has letters of both cases and digits (judged apart).
pub(super) const FORMS: &str = r"(?x)\b[0-9a-f]{32}-us\d{1,2}\b
    |\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b
    |\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}";

/// The secret half of a cloud's key.
pub(super) const SECRET_HALF: &str = r"(?:^|[\s=:'\x22])(?P<s>[A-Za-z0-9/+]{40})(?:$|[\s,;.'\x22])";
