"""Object storage by URI: `open_stores` gives a `Store` that knows disk, memory and S3."""
