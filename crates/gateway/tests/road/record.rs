//! Nothing is shown before its record is durable, and nothing at all once the ledger failed.

use std::time::Duration;

use testkit::Postgres;
use tokio_postgres::NoTls;

use crate::house::{House, Plan};

const MARK: &str = "SELECT 'a mark', 41 + 1";

async fn until_run(server: &Postgres, times: usize) {
    while server.log().matches("a mark").count() < times {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_result_waits_for_its_record() {
    let server = Postgres::setup().log_statements().start();
    let house = House::start(Plan::default(), &server).ready();
    let dsn = house.dsn("alice", &house.token("alice"), "shop", "sslmode=disable");
    house.runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
        let ended = tokio::spawn(connection);
        client.simple_query("SELECT 1").await.unwrap();

        // A read goes to the target before its record is durable; its result does not come back.
        house.tap.stick();
        {
            let mut asked = std::pin::pin!(client.simple_query(MARK));
            let early = tokio::time::timeout(Duration::from_millis(300), &mut asked).await;
            assert!(
                early.is_err(),
                "a result was shown before its record was durable"
            );
            until_run(&server, 1).await;
            house.tap.loosen(false);
            assert_eq!(asked.await.unwrap().len(), 3, "description, row, end");
        }

        // The disk fails while a result waits: the session ends, and the row was never shown.
        house.tap.stick();
        let (asked, ()) = futures_util::join!(client.simple_query(MARK), async {
            until_run(&server, 2).await;
            house.tap.loosen(true);
        });
        // The client reads the FATAL as the answer to its statement, or as the connection's end.
        let faults = [asked.unwrap_err(), ended.await.unwrap().unwrap_err()];
        let codes: Vec<_> = faults.iter().filter_map(|fault| fault.code()).collect();
        assert_eq!(
            codes.first().map(|code| code.code()),
            Some("58030"),
            "{faults:?}"
        );
    });
}
