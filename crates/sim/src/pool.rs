//! The statements clients draw from: allowed, held and denied, over one small table. Each carries
//! its number in a comment, so that no two texts are the same but where a client runs one again.

use crate::dice::Dice;

const READS: &[&str] = &[
    "SELECT id, name FROM customers",
    "SELECT id, name FROM customers WHERE id = 7",
    "SELECT name, email FROM customers",
    "SELECT * FROM customers",
    "SELECT name, upper(email) FROM customers",
    "SELECT email::int4, name FROM customers",
    "SELECT * FROM newcomers",
    "SELECT name, email FROM newcomers",
    "SELECT 1 / 0 AS x",
    "SELECT nothing FROM nowhere",
];

const WRITES: &[&str] = &[
    "INSERT INTO customers (id, name) VALUES (5, 'x')",
    "UPDATE customers SET name = 'x' WHERE id = 5",
    "DELETE FROM customers WHERE id = 5",
];

const HELD: &[&str] = &[
    "UPDATE customers SET name = 'x'",
    "DELETE FROM customers WHERE 1 = 1",
];

const DENIED: &[&str] = &[
    "DROP TABLE customers",
    "TRUNCATE customers",
    "SELECT id, name FROM customers; DROP TABLE customers",
    "BEGIN; UPDATE customers SET name = 'x' WHERE id = 5; DROP TABLE customers; COMMIT",
];

const WITH_PARAMETER: &[&str] = &[
    "SELECT id, name FROM customers WHERE id = $1",
    "SELECT name, email FROM customers WHERE id = $1",
    "UPDATE customers SET name = 'x' WHERE id = $1",
    "DELETE FROM customers WHERE id = $1",
];

/// A text, with its number.
pub(crate) fn text(dice: &mut Dice, number: u64) -> String {
    let all = match dice.below(10) {
        0..5 => READS,
        5..8 => WRITES,
        8 => HELD,
        _ => DENIED,
    };
    numbered(dice.pick::<&str>(all), number)
}

/// Two of them in one message.
pub(crate) fn pair(dice: &mut Dice, number: u64) -> String {
    let (one, other) = (*dice.pick(READS), *dice.pick(WRITES));
    numbered(&format!("{one}; {other}"), number)
}

/// A text that takes a parameter.
pub(crate) fn with_parameter(dice: &mut Dice, number: u64) -> String {
    numbered(dice.pick::<&str>(WITH_PARAMETER), number)
}

/// A COPY, in or out.
pub(crate) fn copy(dice: &mut Dice, number: u64) -> String {
    let all = [
        "COPY customers (id, name) FROM STDIN",
        "COPY customers (id, name) TO STDOUT",
        "COPY customers (name, email) TO STDOUT",
    ];
    numbered(dice.pick::<&str>(&all), number)
}

/// A cursor's life inside a transaction.
pub(crate) fn cursor(dice: &mut Dice, number: u64) -> [String; 2] {
    let all = [
        "DECLARE c CURSOR FOR SELECT name, email FROM customers",
        "DECLARE c CURSOR FOR SELECT name, upper(email) FROM customers",
        "DECLARE c CURSOR FOR SELECT id, name FROM customers",
    ];
    let declare = numbered(dice.pick::<&str>(&all), number);
    [declare, numbered("FETCH 2 FROM c", number)]
}

/// One of those that wait for a person.
pub(crate) fn held(dice: &mut Dice, number: u64) -> String {
    numbered(dice.pick::<&str>(HELD), number)
}

fn numbered(text: &str, number: u64) -> String {
    format!("{text} /* {number} */")
}
