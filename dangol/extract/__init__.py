"""Landing to raw: find files, decode, type, quarantine, keep the ledger."""
