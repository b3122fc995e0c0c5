//! Signatures against AWS's own: the documentation's key, and what botocore 1.44.5 gives for these
//! keys at that moment (`generate_db_auth_token`, its clock held still).

use super::*;

/// 2026-11-20T21:05:09Z.
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_208_709_000_000)
    }
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// "Deriving the signing key" of the Signature Version 4 documentation.
#[test]
fn the_signing_key_is_the_one_of_the_documentation() {
    let key = signing_key(SECRET, ["20150830", "us-east-1", "iam", "aws4_request"]).unwrap();
    assert_eq!(
        hex(&key),
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    );
}

/// botocore puts the session's token behind the signed headers; AWS reads a query in any order.
#[tokio::test]
async fn a_token_is_the_one_of_botocore() {
    let keys = |token: Option<&str>| Keys {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: token.map(str::to_owned),
    };
    let table = [
        (
            ("orders.123456789012.eu-central-1.rds.amazonaws.com", 5432),
            ("app", "eu-central-1", None),
            "orders.123456789012.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=app\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261120\
             %2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20261120T210509Z\
             &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=\
             e767919276e5c299b75c3d3b62734d8253c0cc57e82a8982b3d33e8cfd67df06",
        ),
        (
            ("db.us-east-1.rds.amazonaws.com", 3306),
            (
                "some user+x@y/z",
                "us-east-1",
                Some("AQoDYXdz/EXAMPLE+session=="),
            ),
            "db.us-east-1.rds.amazonaws.com:3306/?Action=connect&DBUser=some%20user%2Bx%40y%2Fz\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261120\
             %2Fus-east-1%2Frds-db%2Faws4_request&X-Amz-Date=20261120T210509Z&X-Amz-Expires=900\
             &X-Amz-SignedHeaders=host&X-Amz-Security-Token=AQoDYXdz%2FEXAMPLE%2Bsession%3D%3D\
             &X-Amz-Signature=01828f71e0ff2758ddf12e9f3eb3ae0fa1894113bb2451a7ee6459665cafdf57",
        ),
    ];
    for (place, (user, region, token), expected) in table {
        let rds = Rds::new(place, user, region.to_owned(), keys(token), Arc::new(Then));
        let account = rds.obtain().await.unwrap();
        assert_eq!(&*account.user, user);
        let parts = |token: &str| {
            let (host, query) = token.split_once('?').unwrap();
            let mut parts: Vec<_> = query.split('&').map(str::to_owned).collect();
            parts.sort();
            (host.to_owned(), parts)
        };
        let token = account.password.unwrap();
        assert_eq!(parts(&token), parts(expected));
    }
}
