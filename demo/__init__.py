"""The demo's grocer data, written as nightly exports."""
