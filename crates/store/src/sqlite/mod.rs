//! SQLite: one writer thread that commits together what waits together, and a few readers.
