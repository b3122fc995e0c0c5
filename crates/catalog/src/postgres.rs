//! The catalog of PostgreSQL 14 to 18: the texts that read it, and the assembly of what they give.
