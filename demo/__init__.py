"""The grocer's data of the demo, laid out as nightly exports."""
