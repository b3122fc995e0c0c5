//! The target's types as masking sees them: which a type is, and what bounds it.
//!
//! A cell is brought into one canonical text, whatever its format ([`cell`]), so that text and
//! binary cells, and columns of different types, agree on their stand-ins.

pub(crate) mod array;
pub(crate) mod blank;
pub(crate) mod cell;
pub(crate) mod date;
pub(crate) mod numeric;
pub(crate) mod record;

/// What a scalar type is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Bytea,
    Cidr,
    Date,
    Float4,
    Float8,
    Inet,
    Int2,
    Int4,
    Int8,
    Interval,
    Json,
    Jsonb,
    Mac,
    Money,
    Name,
    Numeric,
    Oid,
    OneChar,
    Padded,
    Point,
    Record,
    Text,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Uuid,
    Varchar,
    /// `tsvector`: words and where they stand.
    Words,
    Xml,
}

/// A type: a scalar, or an array of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    /// The oid of a cell or, of an array, of its elements.
    pub(crate) element_oid: u32,
    pub(crate) is_array: bool,
    pub(crate) kind: Kind,
}

/// Scalar oid, array oid, kind (`pg_type.dat`).
const KNOWN: &[(u32, u32, Kind)] = &[
    (16, 1000, Kind::Bool),
    (17, 1001, Kind::Bytea),
    (18, 1002, Kind::OneChar),
    (19, 1003, Kind::Name),
    (20, 1016, Kind::Int8),
    (21, 1005, Kind::Int2),
    (23, 1007, Kind::Int4),
    (25, 1009, Kind::Text),
    (26, 1028, Kind::Oid),
    (114, 199, Kind::Json),
    (142, 143, Kind::Xml),
    (600, 1017, Kind::Point),
    (650, 651, Kind::Cidr),
    (700, 1021, Kind::Float4),
    (701, 1022, Kind::Float8),
    (705, 0, Kind::Text),
    (790, 791, Kind::Money),
    (829, 1040, Kind::Mac),
    (869, 1041, Kind::Inet),
    (1042, 1014, Kind::Padded),
    (1043, 1015, Kind::Varchar),
    (1082, 1182, Kind::Date),
    (1083, 1183, Kind::Time),
    (1114, 1115, Kind::Timestamp),
    (1184, 1185, Kind::TimestampTz),
    (1186, 1187, Kind::Interval),
    (1266, 1270, Kind::TimeTz),
    (1700, 1231, Kind::Numeric),
    (2249, 2287, Kind::Record),
    (2275, 1263, Kind::Text),
    (2950, 2951, Kind::Uuid),
    (3614, 3643, Kind::Words),
    (3802, 3807, Kind::Jsonb),
];

impl Type {
    /// The type of an oid, if we know it.
    pub(crate) fn of(oid: u32) -> Option<Self> {
        KNOWN.iter().find_map(|(scalar, array, kind)| {
            let is_array = oid == *array;
            let found = Self {
                element_oid: *scalar,
                is_array,
                kind: *kind,
            };
            (oid != 0 && (oid == *scalar || is_array)).then_some(found)
        })
    }

    /// Plain text: what a type we do not know is in text format.
    pub(crate) const TEXT: Self = Self {
        element_oid: 25,
        is_array: false,
        kind: Kind::Text,
    };
}

impl Kind {
    /// Whether cells are strings of characters.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Name | Self::OneChar | Self::Padded | Self::Text | Self::Varchar
        )
    }

    /// Whether cells are numbers.
    pub(crate) fn is_number(self) -> bool {
        self.is_integer()
            || matches!(
                self,
                Self::Float4 | Self::Float8 | Self::Money | Self::Numeric
            )
    }

    /// Whether cells are whole numbers of a bounded size.
    pub(crate) fn is_integer(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid)
    }

    /// Whether cells are days, or instants of a day.
    pub(crate) fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::TimestampTz)
    }

    /// How many characters fit, by `atttypmod`.
    pub(crate) fn limit(self, modifier: i32) -> usize {
        match self {
            Self::Name => 63,
            Self::OneChar => 1,
            Self::Padded | Self::Varchar if modifier > 4 => {
                usize::try_from(modifier - 4).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        }
    }
}
