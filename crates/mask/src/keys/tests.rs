//! Subkeys and permutations.

use super::*;

#[test]
fn subkeys_stand_at_their_discriminants() {
    for (index, (domain, _)) in Domain::ALL.iter().enumerate() {
        assert_eq!(*domain as usize, index);
    }
}

#[test]
fn scopes_versions_and_tenants_part_stand_ins() {
    let root = [7; 32];
    let tenant = Arc::new(Keys::from_root(&root));
    let scope: Arc<[u8]> = Arc::from(&b"alice"[..]);
    let own = tenant.scoped([(Class::Email, scope)]);
    let print = |keys: &Keys, domain| keys.of(domain).prf("t", b"v");
    assert_ne!(print(&own, Domain::Email), print(&tenant, Domain::Email));
    assert_ne!(print(&own, Domain::Host), print(&tenant, Domain::Host));
    assert_eq!(print(&own, Domain::Phone), print(&tenant, Domain::Phone));
    for other in [
        Keys::of_tenant(&root, "b", 1),
        Keys::of_tenant(&root, "", 2),
    ] {
        assert_ne!(print(&other, Domain::Phone), print(&tenant, Domain::Phone));
    }
    assert_eq!(tenant.scoped([]).version(), 1);
}

#[test]
fn keys_print_nothing() {
    assert_eq!(format!("{:?}", Keys::from_root(&[7; 32])), "Keys(..)");
}

#[test]
fn permutations_keep_their_shape_and_depend_on_key_and_tweak() {
    let (one, two) = (Keys::from_root(&[1; 32]), Keys::from_root(&[2; 32]));
    for plain in [&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], &[1, 2, 3], &[7; 90]] {
        let turned = |keys: &Keys, domain, tweak: &[u8], way, symbols: &[u8]| {
            let mut symbols = symbols.to_vec();
            keys.turned(way).of(domain).permute(tweak, &mut symbols, 10);
            symbols
        };
        let shown = turned(&one, Domain::Phone, b"a", Way::Hide, plain);
        assert!(shown.iter().all(|digit| *digit < 10));
        assert_ne!(shown, plain);
        assert_ne!(shown, turned(&two, Domain::Phone, b"a", Way::Hide, plain));
        assert_ne!(shown, turned(&one, Domain::Phone, b"b", Way::Hide, plain));
        assert_ne!(shown, turned(&one, Domain::Card, b"a", Way::Hide, plain));
        assert_eq!(turned(&one, Domain::Phone, b"a", Way::Find, &shown), plain);
    }
}

#[test]
fn numbers_of_every_size_go_there_and_back() {
    let keys = Keys::from_root(&[1; 32]);
    let (hide, find) = (keys.turned(Way::Hide), keys.turned(Way::Find));
    for size in [
        2,
        999_999,
        1_000_000,
        1_000_001,
        u128::from(u64::MAX),
        u128::MAX,
    ] {
        for number in [0, 1, size / 2, size - 1] {
            let shown = hide.of(Domain::Card).below(b"t", number, size);
            assert!(shown < size);
            assert_eq!(find.of(Domain::Card).below(b"t", shown, size), number);
        }
    }
}
