"""Landing to raw: find files, decode, type, quarantine, and write the ledger."""
