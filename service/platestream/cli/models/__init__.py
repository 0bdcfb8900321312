"""``platestream models``: bundles listed, verified, fetched, chosen and compared."""
