//! Labels: words that say what the value behind them is.
//!
//! `password: x`, `passport no. 123`, `CVV 123`. A label counts with what its values look like; a
//! value that does not look so is left alone.
// tidy: table — one row a class and how its values look.

use model::Class;

/// What a label's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// A run of letters, digits and inner signs, with at least so many digits.
    Coded(usize),
    /// So many digits, no fewer and no more.
    Digits(usize, usize),
    /// One word that looks drawn at random.
    Random,
    /// One word with a digit or a sign in it, or whatever stands behind a colon.
    Word,
}

pub(super) struct Label {
    pub(super) class: Class,
    pub(super) takes: Takes,
    /// Its words, without accents.
    pub(super) words: &'static str,
}

const fn label(class: Class, takes: Takes, words: &'static str) -> Label {
    Label {
        class,
        takes,
        words,
    }
}

#[rustfmt::skip]
pub(super) const LABELS: &[Label] = &[
    label(Class::Password, Takes::Word, "password passwd passwort passwd pwd passphrase pass kennwort contraseña contrasena clave senha mdp wachtwoord lösenord adgangskode passord salasana heslo hasło jelszó parola şifre sifre пароль паролем κωδικός סיסמה סיסמא 密码 パスワード 비밀번호 पासवर्ड รหัสผ่าน"),
    label(Class::ApiKey, Takes::Random, "apikey secret_key access_key api_key api_secret client_secret secretkey accesskey private_key signing_key encryption_key credential credentials"),
    label(Class::SessionToken, Takes::Random, "token secret bearer session sessionid session_id sid jsessionid phpsessid csrf xsrf nonce cookie authorization auth access_token refresh_token reset_token id_token csrftoken x-api-key jeton"),
    label(Class::OneTimeCode, Takes::Digits(4, 10), "otp pin 2fa mfa tan totp passcode einmalcode bestätigungscode sicherheitscode pincode код пин 验证码 認証コード 인증번호"),
    label(Class::Cvv, Takes::Digits(3, 4), "cvv cvv2 cvc cvc2 csc cvn cryptogramme"),
    label(Class::Passport, Takes::Coded(4), "passport reisepass reisepassnummer passnummer passeport pasaporte passaporte passaporto paspoort pass-nr paszport útlevél pasaport паспорт паспорта διαβατήριο licence license licencia führerschein fahrerlaubnis permis patente rijbewijs körkort cnh visa 护照 旅券 여권 جواز דרכון पासपोर्ट"),
    label(Class::MedicalId, Takes::Coded(4), "mrn kvnr nhs mbi npi medicare medicaid hicn patientennummer patientnr fallnummer policy insurance insured versichertennummer krankenkasse"),
    label(Class::BankAccount, Takes::Coded(5), "account acct konto kontonummer kontonr compte cuenta conta conto rekening rekeningnummer routing aba sort iban clabe cbu bsb swift bic ifsc счет счёт 账号 口座"),
    label(Class::NationalId, Takes::Coded(5), "ssn nino tin itin dni nie nif curp rfc cpf cnpj rut cuit cuil bsn nir pesel nip cnp egn oib jmbg emso amka afm cpr hetu personnummer fodselsnummer henkilotunnus kennitala isikukood aadhaar aadhar nric hkid mykad nik ktp tckn inn инн снилс snils egn rrn sin tfn ird steuer-id steuerid steuernummer idnr personalausweis ausweis ausweisnummer ausweisnr 身份证 身份证号 身分證 マイナンバー 주민등록번호 आधार"),
    label(Class::VehicleId, Takes::Coded(1), "vin plate kennzeichen immatriculation matrícula targa nummernschild kenteken rejestracyjny plaka госномер 车牌"),
    label(Class::DeviceId, Takes::Coded(4), "imei iccid imsi udid"),
    label(Class::Phone, Takes::Digits(6, 15), "phone phones tel telephone telefon telefonnummer téléphone teléfono telefono telefone telefoon mobile mobil mobilnummer móvil celular cell cellulare cellphone handy handynummer portable gsm whatsapp viber fax call callback dial sms text puhelin puhelinnumero telefonszám телефон тел моб мобильный τηλέφωνο κινητό هاتف جوال الهاتف טלפון נייד 电话 手机 電話 携帯 전화 연락처 휴대폰 फोन मोबाइल โทร เบอร์ điện-thoại"),
    label(Class::Username, Takes::Word, "username user login user_name benutzername utilisateur usuario gebruikersnaam nickname handle screenname"),
    label(Class::BirthDate, Takes::Digits(4, 8), "born dob birthday birthdate birth birthdate geboren geburtsdatum geburtstag geb né née naissance nacido nacida nacimiento nato nata nascita nascido nascida nascimento geboortedatum född født syntynyt urodzony urodzona urodzenia narozen narozena narození született doğum родился родилась рождения народився народження γεννήθηκε γέννησης مواليد الميلاد נולד לידה 出生 生年月日 生まれ 생년월일 생일 जन्म เกิด"),
    label(Class::Salary, Takes::Digits(3, 9), "salary wage gehalt salaire salario sueldo stipendio salaris lön palkka зарплата"),
];

/// Labels of several words, and the class whose row they share.
#[rustfmt::skip]
pub(super) const PHRASES: &[(&str, Class)] = &[
    ("social security", Class::NationalId), ("national id", Class::NationalId), ("national insurance", Class::NationalId), ("tax id", Class::NationalId), ("tax number", Class::NationalId), ("tax identification", Class::NationalId), ("identity number", Class::NationalId), ("identity card", Class::NationalId), ("id number", Class::NationalId), ("id card", Class::NationalId), ("citizen id", Class::NationalId), ("personal id", Class::NationalId), ("codice fiscale", Class::NationalId), ("securite sociale", Class::NationalId), ("emirates id", Class::NationalId), ("teudat zehut", Class::NationalId), ("social insurance", Class::NationalId), ("rodne cislo", Class::NationalId), ("government id", Class::NationalId), ("tax file", Class::NationalId),
    ("medical record", Class::MedicalId), ("patient id", Class::MedicalId), ("patient number", Class::MedicalId), ("health card", Class::MedicalId), ("health insurance", Class::MedicalId), ("health id", Class::MedicalId), ("member id", Class::MedicalId), ("insurance id", Class::MedicalId), ("chart number", Class::MedicalId), ("carte vitale", Class::MedicalId),
    ("drivers license", Class::Passport), ("driver license", Class::Passport), ("driving licence", Class::Passport), ("driver s", Class::Passport), ("travel document", Class::Passport), ("dl number", Class::Passport), ("visa number", Class::Passport),
    ("verification code", Class::OneTimeCode), ("security code", Class::OneTimeCode), ("login code", Class::OneTimeCode), ("recovery code", Class::OneTimeCode), ("recovery codes", Class::OneTimeCode), ("backup code", Class::OneTimeCode), ("backup codes", Class::OneTimeCode), ("one time", Class::OneTimeCode), ("confirmation code", Class::OneTimeCode), ("access code", Class::OneTimeCode), ("auth code", Class::OneTimeCode), ("authentication code", Class::OneTimeCode), ("sms code", Class::OneTimeCode), ("pin code", Class::OneTimeCode), ("your code", Class::OneTimeCode), ("the code", Class::OneTimeCode), ("code is", Class::OneTimeCode), ("code de", Class::OneTimeCode), ("2fa code", Class::OneTimeCode), ("mfa code", Class::OneTimeCode), ("reset code", Class::OneTimeCode), ("activation code", Class::OneTimeCode), ("codigo de", Class::OneTimeCode), ("tu codigo", Class::OneTimeCode), ("ihr code", Class::OneTimeCode), ("votre code", Class::OneTimeCode),
    ("api key", Class::ApiKey), ("api token", Class::ApiKey), ("secret key", Class::ApiKey), ("access key", Class::ApiKey), ("private key", Class::ApiKey), ("client secret", Class::ApiKey), ("signing key", Class::ApiKey), ("license key", Class::ApiKey), ("encryption key", Class::ApiKey), ("webhook secret", Class::ApiKey),
    ("session id", Class::SessionToken), ("reset link", Class::SessionToken), ("access token", Class::SessionToken), ("refresh token", Class::SessionToken),
    ("mot de passe", Class::Password), ("temporary password", Class::Password), ("log in", Class::Username), ("user id", Class::Username), ("user name", Class::Username), ("nom d utilisateur", Class::Username),
    ("date of birth", Class::BirthDate), ("d o b", Class::BirthDate), ("ne le", Class::BirthDate), ("nee le", Class::BirthDate), ("geboren am", Class::BirthDate), ("born on", Class::BirthDate), ("born in", Class::BirthDate),
    ("license plate", Class::VehicleId), ("licence plate", Class::VehicleId), ("number plate", Class::VehicleId), ("registration plate", Class::VehicleId), ("plate number", Class::VehicleId),
    ("serial number", Class::DeviceId), ("device id", Class::DeviceId), ("device serial", Class::DeviceId),
    ("bank account", Class::BankAccount), ("account number", Class::BankAccount), ("account no", Class::BankAccount), ("routing number", Class::BankAccount), ("sort code", Class::BankAccount),
];
