"""The demo, and the photographs that it and the benches start from."""
